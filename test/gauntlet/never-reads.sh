#!/bin/sh
# Keeps its input open and never reads it (N03).
printf 'SALLYPORT/1 json\n{"t":"hello","name":"gauntlet","version":"1.0.0","methods":["any"]}\n'
exec sleep 1000
