-- How many live Sidekiq processes of a machine serve these queues with so many threads: read-only.
-- ARGV: prefix of the keys, hostname, threads ('' where any), queues (sorted, between commas), oldest heartbeat in seconds.
local now = tonumber(redis.call('TIME')[1])
local found = 0
for _, id in ipairs(redis.call('SMEMBERS', ARGV[1] .. 'processes')) do
  local told = redis.call('HMGET', ARGV[1] .. id, 'info', 'beat', 'quiet')
  local read, info = pcall(cjson.decode, told[1] or '')
  if read and type(info) == 'table' and info.hostname == ARGV[2] then
    local queues, seen = {}, {}
    for _, queue in ipairs(type(info.queues) == 'table' and info.queues or {}) do
      if not seen[queue] then
        seen[queue] = true
        queues[#queues + 1] = queue
      end
    end
    table.sort(queues)
    local fresh = tonumber(told[2] or '0') > now - tonumber(ARGV[5])
    local threads = ARGV[3] == '' or tostring(info.concurrency) == ARGV[3]
    if fresh and threads and told[3] ~= 'true' and table.concat(queues, ',') == ARGV[4] then
      found = found + 1
    end
  end
end
return found
