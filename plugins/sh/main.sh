#!/bin/sh
# The demo plugin in POSIX sh: the loop and the protocol are here, JSON is read by answer.awk.
# It announces no feature and takes one call at a time, so a plain read loop is all it needs.
if [ -z "$SALLYPORT_PLUGIN" ]; then
  echo "This is a Sallyport plugin; try: npx sallyport call demo.upper '{\"text\":\"hi\"}' --plugin plugins/sh --permit run:awk" >&2
  exit 64
fi
LC_ALL=C export LC_ALL # awk then works on bytes, and upper-cases a to z alone
here=${0%/*}

printf 'SALLYPORT/1 json\n{"t":"hello","name":"demo","version":"1.0.0","methods":["demo.echo","demo.upper","demo.fail"]}\n'
while IFS= read -r line; do
  case $line in
    '{"t":"req",'*) printf '%s\n' "$line" | awk -f "$here/answer.awk" ;;
    '{"t":"bye"'*) exit 0 ;;
  esac
done
