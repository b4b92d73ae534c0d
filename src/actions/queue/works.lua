-- How many live Sidekiq processes of a machine serve these queues with so many threads; behind sidekiq.lua. Read-only.
-- ARGV: what stands before every key, hostname, threads ('' where any), queues (sorted, between commas), and the age in seconds
-- that the last heartbeat may have.

local now = tonumber(redis.call('TIME')[1])

-- Where one says its full name and the other does not, they are the same.
local function same_machine(one, other)
  local short, long = one, other
  if #short > #long then short, long = long, short end
  return short == long or string.sub(long, 1, #short + 1) == short .. '.'
end

local found = 0
for _, process in ipairs(sidekiq_processes(ARGV[1])) do
  table.sort(process.queues)
  local fresh = (tonumber(process.beat or '') or 0) > now - tonumber(ARGV[5])
  local threads = ARGV[3] == '' or process.concurrency == tonumber(ARGV[3])
  local serves = table.concat(process.queues, ',') == ARGV[4]
  if same_machine(process.hostname, ARGV[2]) and fresh and threads and serves and not process.quiet then
    found = found + 1
  end
end
return found
