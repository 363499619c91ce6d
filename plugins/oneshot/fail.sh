#!/bin/sh
# Prints what it reads, {"code": ..., "msg": ...}, and ends with the exit code by which the manifest knows that it is an error.
IFS= read -r error || [ -n "$error" ] || exit 1
printf '%s' "$error"
exit 9
