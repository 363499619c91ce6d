#!/bin/sh
# Announces a frame of 4 GiB (W02).
printf 'SALLYPORT/1 msgpack\n\377\377\377\377'
exec sleep 1000
