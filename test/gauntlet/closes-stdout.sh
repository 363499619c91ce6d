#!/bin/sh
# Closes its output and lives on.
printf 'SALLYPORT/1 json\n{"t":"hello","name":"gauntlet","version":"1.0.0","methods":["any"]}\n'
exec 1>&-
exec sleep 1000
