#!/bin/sh
# A frame that never ends.
printf 'SALLYPORT/1 json\n{"t":"hello","name":"'
while :; do printf 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' || exit 1; done
