#!/bin/sh
# Tells its environment and its open descriptors (N13, N14).
env | while IFS= read -r line; do echo "env $line" >&2; done
# By a child, which has what this shell has, without the descriptors that a shell keeps for itself.
ls -l /proc/self/fd >&2
echo "cwd $(pwd -P)" >&2
echo "argv $*" >&2
printf 'SALLYPORT/1 json\n{"t":"hello","name":"gauntlet","version":"1.0.0","methods":["any"]}\n'
while read -r _; do :; done
