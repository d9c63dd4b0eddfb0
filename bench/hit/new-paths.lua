-- Script for wrk: no path is requested twice. A number is appended to the path of the URL.
local count = 0
local before, after

function request()
  if before == nil then
    local text = wrk.format(nil, wrk.path .. "NUMBER")
    local first, last = text:find("NUMBER", 1, true)
    before, after = text:sub(1, first - 1), text:sub(last + 1)
  end
  count = count + 1
  return before .. count .. after
end
