-- Attackers in Lua: the plugin's last argument names the attack. `evil.ping` tells that it lives.
local kept
local endless = function() while true do end end
local closing = function() return setmetatable({}, { __close = endless }) end

local attacks = {
  -- R03: keeps its processor busy
  loop = endless,
  pcall = function() while true do pcall(endless) end end,
  tailcall = function() return pcall(endless) end,
  coroutines = function() while true do coroutine.resume(coroutine.create(endless)) end end,
  nested = function()
    local function deeper(n)
      if n == 0 then endless() end
      return coroutine.wrap(deeper)(n - 1)
    end
    deeper(150)
  end,
  close = function()
    local x <close> = closing()
    endless()
  end,
  shut = function()
    local co = coroutine.create(function()
      local x <close> = closing()
      endless()
    end)
    coroutine.resume(co)
    coroutine.close(co)
  end,
  tostring = function() print(setmetatable({}, { __tostring = endless })) end,
  sort = function() table.sort({ 3, 1, 2 }, endless) end,
  deaf = function(ctx) while true do pcall(ctx.sleep, 1000) end end,
  -- what no hook sees
  pattern = function() return (("a"):rep(28)):find(("a-"):rep(28) .. "b") end,
  move = function() table.move(setmetatable({}, { __len = function() return 1 << 60 end }), 1, 1 << 60, 2, setmetatable({}, {})) end,

  -- R01: takes memory
  memory = function()
    kept = {}
    for i = 1, 1e12 do kept[i] = ("x"):rep(1000) .. i end
  end,
  bomb = function() return #string.rep("x", 1 << 30) end,
  garbage = function()
    local s = "x"
    for i = 1, 1e12 do s = ("x"):rep(1 << 20) .. i end
  end,
  recursion = function()
    local function down() return 1 + down() end
    return down()
  end,
  callbacks = function()
    local function again(s) return (s:gsub(".", again)) end
    return again "x"
  end,
  parser = function() return { assert(load("return " .. ("("):rep(100000))) } end,

  -- values that no frame may carry
  cycle = function()
    local t = {}
    t.t = t
    return t
  end,
  explosion = function()
    local t = { 1 }
    for i = 1, 40 do t = { t, t } end
    return t
  end,
  prototype = function() return { ["__proto__"] = { polluted = true } } end,

  -- tries to get out; `got` names what was there
  reach = function(ctx)
    local got = {}
    local function try(name, attempt)
      local ok, value = pcall(attempt)
      if ok and value then got[#got + 1] = name end
    end
    for _, name in ipairs { "io", "package", "dofile", "loadfile", "js", "process", "warn", "newproxy" } do try(name, function() return _G[name] end) end
    for _, name in ipairs { "execute", "exit", "getenv", "remove", "rename", "tmpname", "setlocale", "date" } do try("os." .. name, function() return os[name] end) end
    for _, name in ipairs { "getregistry", "sethook", "gethook", "getupvalue", "setupvalue", "getlocal", "setmetatable", "getmetatable", "upvaluejoin", "getinfo", "setuservalue" } do
      try("debug." .. name, function() return debug[name] end)
    end
    try("string.dump", function() return string.dump end)
    try("binary chunk", function() return (load("\27LuaT\0\25\147\r\n\26\n")) end)
    try("binary mode", function() return load("return 1", "x", "b") end)
    try("finalizer", function() return setmetatable({}, { __gc = function() end }) end)
    for _, name in ipairs { "/etc/passwd", "..evil", "../evil", "..", "", "io", "_G", "evil\0" } do try("require " .. name, function() return require(name) end) end
    for _, name in ipairs { "constructor", "__proto__", "prototype", "toString", "then", "peer", "host" } do
      try("ctx." .. name, function() return ctx[name] end)
      try("null." .. name, function() return null[name] end)
      try("config." .. name, function() return type(ctx.config) == "table" and ctx.config[name] end)
    end
    for name, value in pairs { text = "", null = null, bytes = bytes "x", time = time(0), array = array {}, context = ctx } do
      try("metatable of " .. name, function() return type(getmetatable(value)) == "table" end)
      try("new metatable for " .. name, function() return setmetatable(value, {}) end)
    end
    try("host's coroutine", function() return coroutine.resume(coroutine.running()) end)
    try("host's coroutine closed", function() return coroutine.close(coroutine.running()) end)
    try("yield to the host", function() coroutine.yield("call", 0) return true end)
    try("getter", function() return ctx.call("secret.get", { name = "x" }) end)
    for _, method in ipairs { "$init", "ledger.pay", "$lua.files" } do try(method, function() ctx.call(method, {}) return true end) end
    return { got = array(got) }
  end,
}

return {
  methods = {
    ["evil.ping"] = function() return "ok" end,
    ["evil.attack"] = function(params, ctx) return attacks[params and params.attack or ctx.args[#ctx.args]](ctx) end,
  },
}
