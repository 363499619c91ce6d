#!/bin/sh
# Ignores the end of its input and the polite signal (N10).
trap '' TERM
printf 'SALLYPORT/1 json\n{"t":"hello","name":"gauntlet","version":"1.0.0","methods":["any"]}\n'
while :; do sleep 1; done
