#!/bin/sh
# Talks before the handshake (N04).
echo 'Traceback (most recent call last):'
exec sleep 1000
