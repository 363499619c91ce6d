#!/bin/sh
# Shakes hands wrongly, in the way of its last argument.
for way; do :; done
hello='{"t":"hello","name":"evil","version":"1.0.0","methods":["evil.ping","evil.attack"]}'
case $way in
  prose) echo 'Traceback (most recent call last):' ;;
  silent) ;;
  half-line) printf 'SALLYPORT/1 js' ;;
  long-line) while :; do printf 'SALLYPORT/1 json and more' || exit 1; done ;;
  binary) printf '\177ELF\002\001\001\000\000\000\000\000\000\000\000\000\003\000>\000\001\000\000\000\300\020\000\000\000\000\000\000@\000\000\000\000\000\000\000' ;;
  wrong-major) printf 'SALLYPORT/9 json\n%s\n' "$hello" ;;
  wrong-codec) printf 'SALLYPORT/1 morse\n%s\n' "$hello" ;;
  frames-first) printf '%s\n' "$hello" ;;
  no-hello) printf 'SALLYPORT/1 json\n' ;;
  other-frame) printf 'SALLYPORT/1 json\n{"t":"ev","m":"flood.news","p":1}\n' ;;
  many-first) printf 'SALLYPORT/1 json\n%s\n' "$hello"; i=0; while [ $i -lt 2000 ]; do echo '{"t":"log","lv":"info","msg":"early"}'; i=$((i + 1)); done ;;
  large-hello) printf 'SALLYPORT/1 json\n{"t":"hello","name":"'; head -c 200000 /dev/zero | tr '\0' a; printf '"}\n' ;;
  exits) exit 0 ;;
esac
exec sleep 1000
