#!/bin/sh
# Starts a child of its own and tells its id (N11, within the group).
sleep 1000 &
echo "grandchild $!" >&2
printf 'SALLYPORT/1 json\n{"t":"hello","name":"gauntlet","version":"1.0.0","methods":["any"]}\n'
while read -r _; do :; done
