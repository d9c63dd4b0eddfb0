/**
 * Scripts for entries. An entry is one hash, so that `DEL` removes all that belongs to its name. Fields of each version V:
 * `v<V>` (value), `m<V>` (token, epoch, number, time of expiry, tags), `l<V>` (lease: token, deadline, epoch, number, time of
 * expiry) and `q<V>` (ids of the processes that wait for the lease); and `w` for all versions (write under way: token, deadline).
 * Deadlines are times of the server's clock.
 *
 * Arguments of every script: 1 set if the run id is to be confirmed, 2 text that is used once, for tokens and epochs, 3 in a
 * cluster the epoch and number of the table or empty, then those of the script.
 */

/** Number of processes that a lease wakes; others poll. */
const MAX_WAITERS = 64

/** Arguments: lease in ms, id of the waiting process, then for each key version, `not`, set if a lease is requested. */
export const readScript = `
local leaseMs, waiter = tonumber(ARGV[4]), ARGV[5]

local function wait(key, version)
  if waiter == '' then return end
  local field = 'q' .. version
  local waiters = redis.call('HGET', key, field) or ''
  local count = 0
  for id in string.gmatch(waiters, '%S+') do
    if id == waiter then return end
    count = count + 1
  end
  if count < ${MAX_WAITERS} then redis.pcall('HSET', key, field, waiters .. ' ' .. waiter) end
end

local function grant(key, version, lease, token)
  if not E and not create() then return 'refused' end
  local time = now()
  local takenOver = ''
  local _, deadline, epoch = leaseIn(lease)
  if epoch == E then
    if tonumber(deadline) > time then
      wait(key, version)
      return 'busy'
    end
    takenOver = 'over'
  end
  local text = token .. ' ' .. whole(time + leaseMs) .. ' ' .. E .. ' ' .. S .. ' -'
  if failed(redis.pcall('HSET', key, 'l' .. version, text)) then return 'refused' end
  keepFor(key, 2 * leaseMs)
  return { 'lease', token, takenOver }
end

-- One call for a hit. A reader that has a value already may need only its id, so the value is not copied.
local function stored(key, version, unwanted)
  if unwanted == '' then return redis.call('HMGET', key, 'm' .. version, 'v' .. version) end
  return { unwanted ~= '*' and redis.call('HGET', key, 'm' .. version) }
end

local function read(key, version, unwanted, wantsLease, token)
  local found = stored(key, version, unwanted)
  if found[1] then
    local id, epoch, seq, at, tags = entryIn(found[1])
    local tagsAt = id and id ~= unwanted and check(epoch, seq, tags)
    local value = tagsAt and (found[2] or redis.call('HGET', key, 'v' .. version))
    if value and HAS_TABLE then return { 'value', value, id, earliest(at, tagsAt) } end
    if value then return { 'value', value, id, at, seq, tags } end
  end
  if wantsLease == '' then return 'absent' end
  return grant(key, version, unwanted ~= '*' and redis.call('HGET', key, 'l' .. version) or '', token)
end

local replies = {}
for i = 0, #KEYS - FIRST do
  local arg = 6 + 3 * i
  replies[i + 1] = read(KEYS[FIRST + i], ARGV[arg], ARGV[arg + 1], ARGV[arg + 2], ARGV[2] .. '.' .. i)
end
return replies
`

/** Arguments: token, version, value, tags, lifetime in ms, prefix of wake channels, name, expiry of the tags in a cluster. */
export const storeScript = `
local key, mine, version, tags = KEYS[FIRST], ARGV[4], ARGV[5], ARGV[7]
local field = 'l' .. version
local found = redis.call('HMGET', key, field, 'w', 'q' .. version)
local token, _, epoch, seq, at = leaseIn(found[1])
local isWrite = string.match(found[2] or '', '^%S+') == mine
local tagsAt = token == mine and check(epoch, seq, tags)
if not tagsAt then
  if isWrite then redis.pcall('HDEL', key, 'w') end
  if token ~= mine then return { 'lost' } end
  redis.pcall('HDEL', key, field, 'q' .. version)
  wake(found[3], ARGV[9], ARGV[10])
  return { 'lost' }
end

at = earliest(earliest(at, tagsAt), ARGV[11])
local entry = mine .. ' ' .. epoch .. ' ' .. seq .. ' ' .. at .. (tags == '' and '' or ' ' .. tags)
local reply = redis.pcall('HSET', key, 'v' .. version, ARGV[6], 'm' .. version, entry)
if isWrite then
  -- Loads of other versions may have begun before the write ended, so they and their values end here.
  wakeAll(key, ARGV[9], ARGV[10])
  for _, other in ipairs(redis.call('HKEYS', key)) do
    if other ~= 'v' .. version and other ~= 'm' .. version then redis.pcall('HDEL', key, other) end
  end
else
  redis.pcall('HDEL', key, field, 'q' .. version)
  wake(found[3], ARGV[9], ARGV[10])
end
if failed(reply) then return { 'failed', reply.err } end
-- Other versions and leases may need the key for longer.
if redis.call('HLEN', key) == 2 then redis.pcall('PEXPIRE', key, ARGV[8]) else keepFor(key, ARGV[8]) end
keepTable()
return { 'stored' }
`

/** Arguments: token, version, lease in ms. */
export const renewScript = `
local key, mine, field = KEYS[FIRST], ARGV[4], 'l' .. ARGV[5]
local found = redis.call('HMGET', key, field, 'w')
local token, _, epoch, seq, at = leaseIn(found[1])
if token ~= mine or epoch ~= E then return { 'lost' } end
local deadline = whole(now() + ARGV[6])
local fields = { field, mine .. ' ' .. deadline .. ' ' .. epoch .. ' ' .. seq .. ' ' .. at }
if string.match(found[2] or '', '^%S+') == mine then
  fields[3], fields[4] = 'w', mine .. ' ' .. deadline
end
local reply = redis.pcall('HSET', key, unpack(fields))
if failed(reply) then return { 'failed', reply.err } end
keepFor(key, 2 * ARGV[6])
return { 'renewed' }
`

/** Arguments: token, version, prefix of wake channels, name. */
export const releaseScript = `
local key, mine, field = KEYS[FIRST], ARGV[4], 'l' .. ARGV[5]
local found = redis.call('HMGET', key, field, 'w', 'q' .. ARGV[5])
if string.match(found[2] or '', '^%S+') == mine then redis.call('HDEL', key, 'w') end
if leaseIn(found[1]) == mine then
  redis.call('HDEL', key, field, 'q' .. ARGV[5])
  wake(found[3], ARGV[6], ARGV[7])
end
return { 'released' }
`

/** Arguments: version, lease in ms, prefix of wake channels, name, channel and announcement or two empty texts. */
export const startWriteScript = `
local key, leaseMs, token = KEYS[FIRST], tonumber(ARGV[5]), ARGV[2] .. '.w'
local time = now()
local deadline = string.match(redis.call('HGET', key, 'w') or '', '^%S+ (%S+)$')
local isBusy = deadline and tonumber(deadline) > time
wakeAll(key, ARGV[6], ARGV[7])
redis.call('DEL', key)
if ARGV[8] ~= '' then redis.pcall('PUBLISH', ARGV[8], ARGV[9]) end
local untilText = whole(time + leaseMs)
if isBusy then
  -- The mark of both writes outlives them, so that a third write does not store a value that one of them overwrites.
  redis.pcall('HSET', key, 'w', '! ' .. untilText)
  keepFor(key, 2 * leaseMs)
  return { 'busy' }
end
if not E and not create() then return { 'busy' } end
local lease = token .. ' ' .. untilText .. ' ' .. E .. ' ' .. S .. ' -'
if failed(redis.pcall('HSET', key, 'w', token .. ' ' .. untilText, 'l' .. ARGV[4], lease)) then return { 'busy' } end
keepFor(key, 2 * leaseMs)
return { 'lease', token }
`

/** Arguments: time of the expiry, channel and announcement, or two empty texts. */
export const expireScript = `
local at = ARGV[4]

local function expired(field, text)
  if string.sub(field, 1, 1) == 'l' then
    local token, deadline, epoch, seq, before = leaseIn(text)
    return token and token .. ' ' .. deadline .. ' ' .. epoch .. ' ' .. seq .. ' ' .. earliest(before, at)
  end
  local id, epoch, seq, before, tags = entryIn(text)
  return id and id .. ' ' .. epoch .. ' ' .. seq .. ' ' .. earliest(before, at) .. (tags == '' and '' or ' ' .. tags)
end

for i = FIRST, #KEYS do
  local key = KEYS[i]
  for _, field in ipairs(redis.call('HKEYS', key)) do
    local kind = string.sub(field, 1, 1)
    local text = (kind == 'm' or kind == 'l') and expired(field, redis.call('HGET', key, field))
    if text and failed(redis.pcall('HSET', key, field, text)) then
      redis.call('DEL', key)
      break
    end
  end
end
if ARGV[5] ~= '' then redis.pcall('PUBLISH', ARGV[5], ARGV[6]) end
return { 'expired' }
`
