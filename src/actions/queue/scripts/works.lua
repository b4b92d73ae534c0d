-- How many live Sidekiq processes of a machine serve these queues with so many threads; behind sidekiq.lua. Read-only.
-- ARGV: what stands before every key, hostname, threads ('' where any), queues (between commas), and the age in seconds
-- that the last heartbeat may have.

local now = tonumber(redis.call('TIME')[1])

-- Where one says its full name and the other does not, they are the same.
local function same_machine(one, other)
  local short, long = one, other
  if #short > #long then short, long = long, short end
  return short == long or string.sub(long, 1, #short + 1) == short .. '.'
end

local wanted, count = {}, 0
for name in string.gmatch(ARGV[4], '[^,]+') do
  wanted[name] = true
  count = count + 1
end

-- In any order: how Lua sorts depends on the locale.
local function serves_these(process)
  for _, name in ipairs(process.queues) do
    if not wanted[name] then return false end
  end
  return #process.queues == count
end

-- Each heartbeat lets the key live for 60 s, as Redis counts them: the clock of the worker's host does not matter.
local function is_fresh(process)
  if process.left > 0 then return process.left > 60 - tonumber(ARGV[5]) end
  return (tonumber(process.beat or '') or 0) > now - tonumber(ARGV[5])
end

local found = 0
for _, process in ipairs(sidekiq_processes(ARGV[1])) do
  local fresh = is_fresh(process)
  local threads = ARGV[3] == '' or process.concurrency == tonumber(ARGV[3])
  local serves = serves_these(process)
  if same_machine(process.hostname, ARGV[2]) and fresh and threads and serves and not process.quiet then
    found = found + 1
  end
end
return found
