# Reads one request and prints its answer. Values are kept as the JSON text they came as.
{
  sub(/\r$/, "")
  fields($0, request)
  head = ",\"id\":" request["id"] ","
  fields(request["p"], params)
  if (request["m"] == "\"demo.echo\"") result("p" in request ? request["p"] : "null")
  else if (request["m"] == "\"demo.upper\"") {
    if (!text("text")) next
    printf "{\"t\":\"res\"%s\"r\":", head
    print_upper(params["text"])
    print "}"
  }
  else if (request["m"] == "\"demo.fail\"") { if (text("code") && text("msg")) fail(params["code"], params["msg"], "") }
  else fail("\"unimplemented\"", "\"there is no method " substr(request["m"], 2), "")
}

function result(json) { print "{\"t\":\"res\"" head "\"r\":" json "}" }

function fail(code, msg, more) { print "{\"t\":\"err\"" head "\"e\":{\"code\":" code ",\"msg\":" msg more "}}" }

# Whether params has a string of that name; answers the call with an error if not.
function text(name) {
  if (substr(params[name], 1, 1) == "\"") return 1
  fail("\"invalid_argument\"", "\"" name " must be a string\"", ",\"path\":\"params." name "\"")
  return 0
}

# Fills `into` with the raw values of a JSON object, by key; leaves it empty for anything else.
function fields(json, into,    i, n, c, depth, start, key, quote) {
  split("", into)
  if (substr(json, 1, 1) != "{") return
  n = length(json)
  start = 2
  for (i = 1; i <= n; i++) {
    c = substr(json, i, 1)
    if (c == "\"") {
      for (i++; (c = substr(json, i, 1)) != "\"" && i <= n; i++) if (c == "\\") i++
    } else if (c == "{" || c == "[") depth++
    else if (c == ":" && depth == 1 && key == "") {
      key = trim(substr(json, start, i - start))
      key = substr(key, 2, length(key) - 2)
      start = i + 1
      if (key == "") key = SUBSEP # an empty key must not look like none
    } else if (c == "}" || c == "]" || (c == "," && depth == 1)) {
      if (depth == 1 && key != "") { into[key] = trim(substr(json, start, i - start)); key = ""; start = i + 1 }
      if (c != ",") depth--
    }
  }
}

function trim(s) { sub(/^[ \t]+/, "", s); sub(/[ \t]+$/, "", s); return s }

# Prints a JSON string with its letters upper-cased; escapes stay as they are unless they spell such a letter.
# Printed by piece: joining a long string by character takes quadratic time.
function print_upper(json,    i, n, c, hex, from) {
  n = length(json)
  from = 1
  for (i = 1; i <= n; i++) {
    if (substr(json, i, 1) != "\\") continue
    printf "%s", toupper(substr(json, from, i - from))
    c = substr(json, ++i, 1)
    if (c == "u") {
      hex = tolower(substr(json, i + 1, 4))
      i += 4
      c = c (hex ~ /^006[1-9a-f]$/ ? "004" substr(hex, 4) : hex ~ /^007[0-9a]$/ ? "005" substr(hex, 4) : hex)
    }
    printf "\\%s", c
    from = i + 1
  }
  printf "%s", toupper(substr(json, from))
}
