-- What Redis knows of queues and workers, as one line of JSON. Read-only. Of jobs nothing leaves but when they were
-- enqueued. ARGV: what stands before every key; how many queues of Sidekiq are asked for by name, then these; then, in
-- pairs, the prefix and the name of each queue of Bull.

local before = ARGV[1]
local named = tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- What a call says; nil where the key is of another type.
local function ask(...)
  local answer = redis.pcall(...)
  if type(answer) == 'table' and answer.err then return nil end
  return answer
end

-- Milliseconds since a time: seconds as a float, or milliseconds (Sidekiq 8, Bull).
local function age(at)
  at = tonumber(at)
  if not at or at <= 0 then return nil end
  if at < 100000000000 then at = at * 1000 end
  return string.format('%d', math.max(0, math.floor(now - at)))
end

-- JSON that holds a table, or nil.
local function read(text)
  if type(text) ~= 'string' then return nil end
  local fine, value = pcall(cjson.decode, text)
  if fine and type(value) == 'table' then return value end
  return nil
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
for _, identity in ipairs(redis.call('SMEMBERS', before .. 'processes')) do
  local said = ask('HMGET', before .. identity, 'info', 'busy', 'beat', 'quiet') or {}
  local info = read(said[1])
  if info then
    local served, known, concurrency = {}, {}, tonumber(info.concurrency)
    local function serve(name)
      if type(name) == 'string' and not known[name] then
        known[name] = true
        served[#served + 1] = name
      end
    end
    for _, name in ipairs(type(info.queues) == 'table' and info.queues or {}) do serve(name) end
    -- Sidekiq 8 tells them by capsule alone.
    local threads = 0
    for _, capsule in pairs(type(info.capsules) == 'table' and info.capsules or {}) do
      if type(capsule) == 'table' then
        threads = threads + (tonumber(capsule.concurrency) or 0)
        for name in pairs(type(capsule.weights) == 'table' and capsule.weights or {}) do serve(name) end
      end
    end
    processes[#processes + 1] = {
      hostname = tostring(info.hostname or ''),
      pid = string.format('%d', tonumber(info.pid) or 0),
      concurrency = string.format('%d', concurrency or threads),
      queues = served,
      busy = string.format('%d', tonumber(said[2] or '') or 0),
      quiet = said[4] == 'true',
      beat_age = age(said[3] or ''),
    }
  end
end

return cjson.encode({ queues = queues, processes = processes })
