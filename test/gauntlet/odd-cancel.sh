#!/bin/sh
# Cancels its own call for a reason that cannot be turned into text.
printf 'SALLYPORT/1 json\n{"t":"hello","name":"gauntlet","version":"1.0.0","methods":["any"],"features":["hostcall","cancel"]}\n'
read -r _hello
printf '{"t":"req","id":2,"m":"any","p":null}\n{"t":"cancel","id":2,"why":{"toString":1,"valueOf":1}}\n'
exec sleep 1000
