-- Load for one kind of request, each with the next token of a file.
-- Arguments: what stands before the token, what follows it, the file, and how many of its tokens to pass over first.

local tokens, count, last = {}, 0, 0
local before, after

function init(arguments)
   before, after, last = arguments[1], arguments[2], tonumber(arguments[4])
   for token in io.lines(arguments[3]) do
      count = count + 1
      tokens[count] = token
   end
   -- Looking through a million tokens for garbage takes a tenth of a second, in which no answer would be read. A round
   -- makes some ten megabytes of it.
   collectgarbage("collect")
   collectgarbage("stop")
end

-- There is no function `response`: wrk would hand each answer to it, and spend more on that than the server on the
-- answer.
function request()
   last = last % count + 1
   return before .. tokens[last] .. after
end

-- What wrk itself prints is rounded. Durations are in microseconds.
function done(summary, latency)
   local errors = summary.errors
   local figures = {
      requests = summary.requests,
      duration = summary.duration,
      bytes = summary.bytes,
      p50 = latency:percentile(50),
      p99 = latency:percentile(99),
      refused = errors.status,
      broken = errors.connect + errors.read + errors.write + errors.timeout,
   }
   local fields = {}
   for name, value in pairs(figures) do
      fields[#fields + 1] = string.format('"%s": %d', name, value)
   end
   print("{" .. table.concat(fields, ", ") .. "}")
end
