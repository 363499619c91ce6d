#!/bin/sh
# Waits $1 milliseconds. A script starts only what it was permitted to: `sleep`.
sleep "$(($1 / 1000)).$(printf %03d "$(($1 % 1000))")" || exit
printf '{"slept":%s}' "$1"
