-- The demo plugin in Lua. Edit it while a host runs: the next call runs the new code.
local text = require "text"

local heard = 0 -- `demo.poke` events

local function fail(path, msg)
  error { code = "invalid_argument", msg = msg, path = "params." .. path }
end

return {
  methods = {
    ["demo.echo"] = function(params) return params end,

    ["demo.upper"] = function(params)
      if type(params) ~= "table" or type(params.text) ~= "string" then fail("text", "text must be a string") end
      return text.upper(params.text)
    end,

    ["demo.fail"] = function(params) error { code = params.code, msg = params.msg } end,

    -- What it emits is streamed as fast as the caller reads; what it returns is the result.
    ["demo.count"] = {
      stream = "out",
      handler = function(params, ctx)
        for i = 1, params.to do ctx.emit(i) end
        return { count = params.to }
      end,
    },

    ["demo.sum"] = {
      stream = "in",
      handler = function(_, ctx)
        local sum = 0
        for item in ctx.input() do sum = sum + item end
        return sum
      end,
    },

    ["demo.sleep"] = function(params, ctx)
      ctx.sleep(params.ms)
      return { slept = params.ms }
    end,

    ["demo.relay"] = function(params, ctx) return ctx.call(params.method, params.params) end,
    ["demo.emit"] = function(params, ctx) return ctx.publish(params.topic, params.payload) end,
    ["demo.heard"] = function() return heard end,

    ["demo.steps"] = function(params, ctx)
      for done = 1, params.steps do ctx.progress(done, params.steps) end
      return { steps = params.steps }
    end,

    ["demo.config"] = function(_, ctx) return ctx.config end,

    ["demo.log"] = function(params, ctx)
      ctx.log.info(params.msg)
      return true
    end,
  },

  events = {
    ["demo.poke"] = function() heard = heard + 1 end,
  },
}
