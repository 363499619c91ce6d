#!/bin/sh
# Ends in good order in the middle of a frame.
printf 'SALLYPORT/1 json\n{"t":"hello","name":"gauntlet","version":"1.0.0","methods":["any"]}\n'
printf '{"t":"log","lv":"info"'
