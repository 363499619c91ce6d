#!/bin/sh
# Sends escape sequences to the reader of its log: plain, and spelled in JSON.
printf '\033]0;owned\007plain\n{"msg":"\\u001b[2Jspelled\\u009b1m"}\n' >&2
exec sleep 1000
