#!/bin/sh
# Chooses a codec that the host does not have.
printf 'SALLYPORT/1 morse\n'
exec sleep 1000
