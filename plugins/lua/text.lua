-- A file of the plugin's own folder, found by `require "text"`.
local text = {}

--- Upper-cases a to z and nothing else: `string.upper` would do the same here, in the C locale.
function text.upper(s)
  return (s:gsub("%l+", string.upper))
end

return text
