-- What Redis knows of queues and workers, as one line of JSON; behind sidekiq.lua. Read-only. Of jobs nothing leaves but when they were
-- enqueued. ARGV: what stands before every key; how many queues of Sidekiq are asked for by name, then these; then, in
-- pairs, the prefix and the name of each queue of Bull.

local before = ARGV[1]
local named = tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- Milliseconds since a time: seconds as a float, or milliseconds (Sidekiq 8, Bull).
local function age(at)
  at = tonumber(at)
  if not at or at <= 0 then return nil end
  if at < 100000000000 then at = at * 1000 end
  return string.format('%d', math.max(0, math.floor(now - at)))
end

local queues = {}
local function sidekiq(name)
  local key = before .. 'queue:' .. name
  local depth = ask('LLEN', key)
  if not depth then return end
  local latency = '0'
  if depth > 0 then
    local job = read((ask('LRANGE', key, -1, -1) or {})[1])
    latency = job and age(job.enqueued_at or job.created_at)
  end
  queues[name] = { depth = string.format('%d', depth), latency = latency or nil }
end

for _, name in ipairs(redis.call('SMEMBERS', before .. 'queues')) do sidekiq(name) end
for index = 3, 2 + named do sidekiq(ARGV[index]) end

for index = 3 + named, #ARGV - 1, 2 do
  local key = ARGV[index] .. ':' .. ARGV[index + 1] .. ':'
  local waiting = ask('LLEN', key .. 'wait')
  if waiting then
    local depth = waiting + (ask('LLEN', key .. 'paused') or 0) + (ask('ZCARD', key .. 'prioritized') or 0)
    local latency = '0'
    if depth > 0 then
      local job = ask('LINDEX', key .. 'wait', -1) or ask('LINDEX', key .. 'paused', -1)
      if not job then job = (ask('ZRANGE', key .. 'prioritized', 0, 0) or {})[1] end
      latency = job and age(ask('HGET', key .. job, 'timestamp'))
    end
    queues[ARGV[index + 1]] = {
      depth = string.format('%d', depth),
      latency = latency or nil,
      active = string.format('%d', ask('LLEN', key .. 'active') or 0),
    }
  end
end

local processes = {}
for _, process in ipairs(sidekiq_processes(before)) do
  process.beat_age = age(process.beat or '')
  process.beat = nil
  process.left = nil
  process.pid = string.format('%d', process.pid)
  process.concurrency = string.format('%d', process.concurrency)
  process.busy = string.format('%d', process.busy)
  processes[#processes + 1] = process
end

return cjson.encode({ queues = queues, processes = processes })
