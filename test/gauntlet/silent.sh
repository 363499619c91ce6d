#!/bin/sh
# Starts and never says a word (N08).
exec sleep 1000
