/** What positions within the kit begin with: none of an author's files can be named so. */
export const KIT_NAME = "[sallyport]";

/**
 * What a script finds: the libraries cut down to an allow-list, and the plugin's side of a call. It runs once in each machine,
 * before any code of the plugin, takes what it needs of the libraries as locals, and gets from the host one function, `host`,
 * for what is answered at once. What has to be waited for is a coroutine's yield of `TOKEN` and the request.
 */
export const KIT = /* lua */ `
local host, null = ...
local error, getmetatable, ipairs, load, next, pairs, rawget, rawset, rawequal, select, setmetatable, tostring, type =
  error, getmetatable, ipairs, load, next, pairs, rawget, rawset, rawequal, select, setmetatable, tostring, type
local create, resume, running, yield, close, status = coroutine.create, coroutine.resume, coroutine.running, coroutine.yield, coroutine.close, coroutine.status
local concat, pack, unpack, format = table.concat, table.pack, table.unpack, string.format
local debug, collect = debug, collectgarbage
local TOKEN, ID = {}, {}

-- The allow-list. What is not named here does not exist.
local function words(text)
  local set = {}
  for word in text:gmatch("%S+") do set[word] = true end
  return set
end
local allowed = {
  _G = words("_G _VERSION assert error getmetatable ipairs next pairs pcall rawequal rawget rawlen rawset select tonumber tostring type xpcall coroutine math string table utf8"),
  coroutine = words("isyieldable running status"),
  math = words("abs acos asin atan ceil cos deg exp floor fmod huge log max maxinteger min mininteger modf pi rad random randomseed sin sqrt tan tointeger type ult"),
  string = words("byte char find format gmatch gsub len lower match pack packsize rep reverse sub unpack upper"),
  table = words("concat insert move pack remove sort unpack"),
  utf8 = words("char charpattern codepoint codes len offset"),
}
for name, set in pairs(allowed) do
  local library = _G[name]
  for key in pairs(library) do if not set[key] then library[key] = nil end end
end
getmetatable("").__metatable = "string"

-- Marks by which values keep their kind.
local ARRAY = { __name = "array", __metatable = "array" }
local BYTES = { __name = "bytes", __metatable = "bytes", __len = function(b) return #rawget(b, 1) end, __tostring = function(b) return rawget(b, 1) end }
BYTES.__eq = function(a, b) return rawequal(getmetatable(a), getmetatable(b)) and rawget(a, 1) == rawget(b, 1) end
local TIME = { __name = "time", __metatable = "time", __index = function(t, key) if key == "ms" then return rawget(t, 1) end end,
  __eq = function(a, b) return a.ms == b.ms end, __lt = function(a, b) return a.ms < b.ms end, __le = function(a, b) return a.ms <= b.ms end,
  __tostring = function(t) return format("time(%d)", t.ms) end }
local FAILURE = { __name = "failure", __metatable = "failure", __tostring = function(e) return tostring(e.code) .. ": " .. tostring(e.msg) end }
debug.setmetatable(null, { __name = "null", __metatable = "null", __tostring = function() return "null" end })

_G.null = null
function _G.array(items) return setmetatable(items or {}, ARRAY) end
function _G.bytes(text)
  if type(text) ~= "string" then error("bytes: a string expected, got " .. type(text), 2) end
  return setmetatable({ text }, BYTES)
end
function _G.time(ms)
  if ms == nil then ms = select(2, host("now", 0)) end
  if type(ms) ~= "number" then error("time: milliseconds since 1970 expected, got " .. type(ms), 2) end
  return setmetatable({ ms // 1 | 0 }, TIME)
end
_G.os = { time = function() return select(2, host("now", 0)) // 1000 end, clock = function() return select(2, host("clock", 0)) end, difftime = function(a, b) return a - b end }
_G.debug = { traceback = debug.traceback }

-- A finalizer would run where no hook counts its instructions.
local realSetmetatable = setmetatable
function _G.setmetatable(t, meta)
  if type(meta) == "table" and rawget(meta, "__gc") ~= nil then error("setmetatable: __gc is not supported; use a variable with <close>", 2) end
  return realSetmetatable(t, meta)
end
function _G.load(chunk, name, mode, ...)
  if mode ~= nil and mode ~= "t" then error("load: text only, mode 't'", 2) end
  return load(chunk, name, "t", ...)
end
function _G.collectgarbage(what)
  if what ~= "count" and what ~= "collect" and what ~= nil then error("collectgarbage: 'collect' or 'count'", 2) end
  return collect(what or "collect")
end

-- A request to the host passes through the coroutines of the script to the host's own, and the answer the same way back.
local driven = setmetatable({}, { __mode = "k" })
local function relay(co, ok, first, ...)
  while ok and rawequal(first, TOKEN) do
    return relay(co, resume(co, yield(TOKEN, ...)))
  end
  return ok, first, ...
end
local function own(co)
  if type(co) == "thread" and driven[co] then error("this coroutine is the host's", 3) end
  return co
end
coroutine.create = create
function coroutine.yield(...)
  if driven[running()] then error("coroutine.yield: there is no coroutine of the script to yield from", 2) end
  return yield(...)
end
function coroutine.resume(co, ...)
  return relay(own(co), resume(co, ...))
end
-- In a coroutine that its bounds ended no hook counts any more: what it left open stays open.
local function shut(co)
  local ok, failure = host("bounds", 0)
  if not ok then error(failure.msg, 0) end
  return close(co)
end
local function unwrap(co, ok, ...)
  if ok then return ... end
  if status(co) == "dead" then shut(co) end
  error((...), 0)
end
function coroutine.wrap(fn)
  local co = create(fn)
  return function(...) return unwrap(co, relay(co, resume(co, ...))) end
end
function coroutine.close(co)
  return shut(own(co))
end

-- A failure of the host's is raised where the script asked; answers and failures alike come back from the yield.
local function raise(failure, level)
  if type(failure) == "table" then setmetatable(failure, FAILURE) end
  error(failure, level or 0)
end
local function settled(ok, value)
  if ok then return value end
  raise(value)
end
local function ask(...) return settled(yield(TOKEN, ...)) end
local function tell(...) return settled(host(...)) end

-- Files of the plugin's own folder.
local loaded, LOADING = {}, {}
function _G.require(name)
  local value = loaded[name]
  if value == LOADING then error("require: '" .. tostring(name) .. "' requires itself", 2) end
  if value ~= nil then return value end
  if type(name) ~= "string" then error("require: a name expected, got " .. type(name), 2) end
  local file, source = tell("module", 0, name), nil
  if file then source = tell("source", 0, file) end
  if not source then error("require: the plugin's folder has no file for '" .. name .. "'", 2) end
  local chunk, problem = load(source, "@" .. file, "t")
  if not chunk then error(problem, 0) end
  loaded[name] = LOADING
  local done <close> = setmetatable({}, { __close = function() if loaded[name] == LOADING then loaded[name] = nil end end })
  value = chunk(name, file)
  if value == nil then value = true end
  loaded[name] = value
  return value
end

local function text(...)
  local parts = pack(...)
  for i = 1, parts.n do parts[i] = tostring(parts[i]) end
  return concat(parts, " ", 1, parts.n)
end
function _G.print(...) tell("log", 0, "info", text(...)) end

-- The context of a call: a member is made when it is first read, and needs no self.
local function items(id, handle)
  local stream = {}
  return setmetatable(stream, {
    __metatable = "stream",
    __call = function()
      local step = ask("next", id, handle)
      if step.item == nil then stream.result = step.result end
      return step.item
    end,
    __close = function() tell("close", id, handle) end,
  })
end
local function loop(stream) return stream, nil, nil, stream end
local function logger(id)
  local log = {}
  for _, level in ipairs { "debug", "info", "warn", "error" } do
    log[level] = function(message, fields) tell("log", id, level, tostring(message), fields) end
  end
  return setmetatable(log, { __metatable = "log", __call = function(_, message, fields) tell("log", id, "info", tostring(message), fields) end })
end
local members = {
  call = function(id) return function(method, params, options) return ask("call", id, method, params, options) end end,
  stream = function(id) return function(method, params, options) return loop(items(id, tell("stream", id, method, params, options))) end end,
  input = function(id) return function() return loop(items(id, tell("input", id))) end end,
  secret = function(id) return function(name) return ask("secret", id, name) end end,
  sleep = function(id) return function(ms) return ask("sleep", id, ms) end end,
  emit = function(id) return function(item) return ask("emit", id, item == nil and null or item) end end,
  publish = function(id) return function(topic, payload) return tell("publish", id, topic, payload) end end,
  progress = function(id) return function(done, total, note) tell("progress", id, done, total, note) end end,
  warn = function(id) return function(warning) tell("warn", id, warning) end end,
  remaining_ms = function(id) return function() return tell("remaining", id) end end,
  cancelled = function(id) return function() return tell("cancelled", id) end end,
  log = logger,
}
for _, name in ipairs { "config", "args", "grants", "limits", "instance", "meta" } do
  members[name] = function(id) return tell("get", id, name) end
end
local CONTEXT = { __name = "context", __metatable = "context", __index = function(context, key)
  local member = members[key]
  if member == nil then return nil end
  local value = member(rawget(context, ID))
  rawset(context, key, value)
  return value
end }

local handlers = {}
local function enter(key, id, params)
  driven[running()] = true
  local context = setmetatable({ [ID] = id }, CONTEXT)
  if key == "start" or key == "stop" then return handlers[key](context) end
  return handlers[key](params, context)
end

-- The plugin's table as a description without functions.
local function expect(value, kind, what)
  if type(value) ~= kind then error(what .. " is a " .. kind .. ", got " .. type(value), 0) end
  return value
end
local function describe(chunk, ...)
  driven[running()] = true
  local definition = chunk(...)
  if definition == nil then definition = rawget(_G, "plugin") end
  expect(definition, "table", "what the script returns, or its global 'plugin',")
  local methods, events = array {}, array {}
  for name, method in pairs(expect(definition.methods or {}, "table", "methods")) do
    expect(name, "string", "the name of a method")
    local info = { name = name }
    if type(method) == "table" then
      info.stream, info.idempotent, info.timeout = method.stream, method.idempotent, method.timeout
      method = method.handler
    end
    handlers["method " .. name] = expect(method, "function", "method '" .. name .. "'")
    methods[#methods + 1] = info
  end
  for topic, handler in pairs(expect(definition.events or {}, "table", "events")) do
    expect(topic, "string", "the topic of an event")
    handlers["event " .. topic] = expect(handler, "function", "the handler of event '" .. topic .. "'")
    events[#events + 1] = topic
  end
  for _, name in ipairs { "start", "stop" } do
    if definition[name] ~= nil then handlers[name] = expect(definition[name], "function", "'" .. name .. "'") end
  end
  return { methods = methods, events = events, start = handlers.start ~= nil, stop = handlers.stop ~= nil }
end

return TOKEN, enter, describe, ARRAY, BYTES, TIME, collect
`;
