#!/bin/sh
# Exhausts its heap.
printf 'SALLYPORT/1 json\n{"t":"hello","name":"gauntlet","version":"1.0.0","methods":["any"]}\n'
read -r _
exec node --max-old-space-size=16 -e 'const all = []; for (;;) all.push(new Array(1000).fill(all.length));'
