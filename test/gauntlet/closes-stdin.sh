#!/bin/sh
# Closes its input and lives on (N01).
exec 0<&-
printf 'SALLYPORT/1 json\n{"t":"hello","name":"gauntlet","version":"1.0.0","methods":["any"]}\n'
exec sleep 1000
