#!/bin/sh
# Speaks a protocol of another age.
printf 'SALLYPORT/9 json\n'
exec sleep 1000
