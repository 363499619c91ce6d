#!/bin/sh
# Behaves: answers each request with its id, ends with its input.
printf 'SALLYPORT/1 json\n{"t":"hello","name":"innocent","version":"1.0.0","methods":["%s"],"features":["ping"]}\n' "$1"
while IFS= read -r line; do
  case $line in
    '{"t":"req",'*)
      id=${line#*'"id":'}
      id=${id%%,*}
      printf '{"t":"res","id":%s,"r":%s}\n' "$id" "$id" ;;
    '{"t":"ping"'*) printf '{"t":"pong",%s\n' "${line#*,}" ;;
    '{"t":"bye"'*) exit 0 ;;
  esac
done
