-- What Sidekiq processes tell Redis of themselves, of versions 6 to 8. Read-only; before redis.lua and works.lua.

-- What a call says; nil where the key is of another type.
local function ask(...)
  local answer = redis.pcall(...)
  if type(answer) == 'table' and answer.err then return nil end
  return answer
end

-- JSON that holds a table, or nil.
local function read(text)
  if type(text) ~= 'string' then return nil end
  local fine, value = pcall(cjson.decode, text)
  if fine and type(value) == 'table' then return value end
  return nil
end

-- All that registered, with what stands before every key.
local function sidekiq_processes(before)
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
        pid = tonumber(info.pid) or 0,
        concurrency = concurrency or threads,
        queues = served,
        busy = tonumber(said[2] or '') or 0,
        quiet = said[4] == 'true',
        beat = said[3],
        -- Seconds until Redis forgets it; less than 0: never.
        left = ask('TTL', before .. identity) or -1,
      }
    end
  end
  return processes
end

