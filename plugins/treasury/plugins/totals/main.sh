#!/bin/sh
# Totals by month and category in sh and awk. The manifest's schema lets through rows without quotes or
# backslashes only, so a row is what stands between two quotes.
if [ -z "$SALLYPORT_PLUGIN" ]; then
  echo 'This is a Sallyport plugin of the treasury example; `npm start` runs it.' >&2
  exit 64
fi
printf 'SALLYPORT/1 json\n{"t":"hello","name":"totals","version":"1.0.0","methods":[{"name":"totals.add","idempotent":true}]}\n'
while IFS= read -r line; do
  case $line in
    '{"t":"req",'*)
      id=${line#*'"id":'} id=${id%%,*}
      case $line in
        *'"m":"totals.add"'*)
          printf '%s\n' "$line" | LC_ALL=C awk -v id="$id" -F '"' '{
            for (i = 1; i <= NF; i++) if ($i ~ /^[0-9-]+\|[a-z-]+\|-?[0-9]+\|[0-9]+$/) {
              split($i, row, "|")
              key = row[1] "|" row[2]
              cents[key] += row[3] # doubles: exact up to 2^53
              count[key] += row[4]
            }
            for (key in cents) list = list (list == "" ? "" : ",") sprintf("\"%s|%.0f|%.0f\"", key, cents[key], count[key])
            printf "{\"t\":\"res\",\"id\":%s,\"r\":[%s]}\n", id, list
          }' ;;
        *) printf '{"t":"err","id":%s,"e":{"code":"unimplemented","msg":"there is only totals.add"}}\n' "$id" ;;
      esac ;;
    '{"t":"bye"'*) exit 0 ;;
  esac
done
