#!/bin/sh
# Behaves: answers each request with its id, ends with its input.
printf 'SALLYPORT/1 json\n{"t":"hello","name":"gauntlet","version":"1.0.0","methods":["any"]}\n'
while IFS= read -r line; do
  case $line in
    '{"t":"req",'*)
      id=${line#*'"id":'}
      id=${id%%,*}
      printf '{"t":"res","id":%s,"r":%s}\n' "$id" "$id" ;;
    '{"t":"bye"'*) exit 0 ;;
  esac
done
