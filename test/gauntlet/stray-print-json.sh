#!/bin/sh
# A forgotten print in the middle of the protocol, json.
printf 'SALLYPORT/1 json\n{"t":"hello","name":"gauntlet","version":"1.0.0","methods":["any"]}\n'
echo 'got here'
exec sleep 1000
