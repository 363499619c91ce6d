#!/bin/sh
# A forgotten print where the length of a frame should be.
printf 'SALLYPORT/1 msgpack\n'
echo 'got here'
exec sleep 1000
