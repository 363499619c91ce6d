#!/bin/sh
# Mistreats its pipes, in the way of its last argument, when the host's hello has come (N01, N03, N05).
for way; do :; done
printf 'SALLYPORT/1 json\n{"t":"hello","name":"evil","version":"1.0.0","methods":["evil.ping","evil.attack"],"limits":{"inflight":64}}\n'
read -r _hello
case $way in
  closes-stdin) exec 0<&-; exec sleep 1000 ;;
  closes-stdout) exec 1>&-; exec sleep 1000 ;;
  closes-stderr) exec 2>&- ;;
  never-reads) exec sleep 1000 ;;
  stray-print) echo 'got here' ;;
  stderr-flood) while :; do printf '%s\n' "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa$(printf '%200s' x)" >&2 || exit 1; done ;;
  stderr-line) while :; do printf 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' >&2 || exit 1; done ;;
  stderr-escapes) printf '\033]0;owned\007\033[2J\n[innocent#1] paid\n' >&2 ;;
esac
exec sleep 1000
