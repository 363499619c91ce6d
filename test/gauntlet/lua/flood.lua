-- What a script can do with its context: too much of what is allowed, and what is not.
local function again(send)
  return function(ctx)
    while true do send(ctx) end
  end
end

local attacks = {
  logs = again(function(ctx) ctx.log.info("again") end),
  ["big-logs"] = again(function(ctx) ctx.log.info(("x"):rep(200000)) end),
  console = again(function() print("again") end),
  events = again(function(ctx) ctx.publish("flood.news", 1) end),
  calls = again(function(ctx) pcall(ctx.call, "ledger.read", 1) end),
  denied = again(function(ctx) pcall(ctx.call, "ledger.pay", 1) end),
  progress = again(function(ctx) ctx.progress(1, 2) end),
  pay = function(ctx)
    local got = {}
    for _, name in ipairs { "ledger.pay", "innocent.echo", "bystander.echo", "$init", "secret.get", "evil.attack", "*", "", "__proto__" } do
      if pcall(ctx.call, name, {}) then got[#got + 1] = name end
    end
    return { got = array(got) }
  end,
  names = function(ctx)
    for i = 1, 1e12 do pcall(ctx.call, "ledger.pay" .. i, i) end
  end,
  mute = function(ctx)
    while true do pcall(ctx.sleep, 1000) end
  end,
  deep = function()
    local t = {}
    for _ = 1, 100000 do t = { t } end
    return t
  end,
  long = function() return ("x"):rep(8 << 20) end,
  leak = (function()
    local kept = {}
    return function()
      for _ = 1, 100 do kept[#kept + 1] = ("x"):rep(10000) .. #kept end
    end
  end)(),
}

return {
  methods = {
    ["evil.ping"] = function() return "ok" end,
    ["evil.attack"] = function(params, ctx) return attacks[params.variant](ctx) end,
    ["evil.stream"] = {
      stream = "out",
      handler = function(_, ctx)
        while true do ctx.emit(1) end
      end,
    },
  },
}
