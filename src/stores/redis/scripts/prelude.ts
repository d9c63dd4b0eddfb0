/**
 * The common part of all scripts: the tag table, and the check of what it invalidates.
 *
 * The tag table of a namespace is a hash of at most {@link MAX_FIELDS} fields, with a hash of the same form before it. Fields:
 * `run` (the id of the server process), `e` (epoch, never used again), `s` (number of the last invalidation), `r` (`s` when this
 * hash began), `f` (`s` when the hash before it began), `t<tag>` (number of the last invalidation of a tag), and
 * `x<tag>` (number and time of the last expiry of a tag). In place of a tag, an empty name stands for everything.
 *
 * A value or lease holds its epoch, and `s` as it was when the lease was granted. It is alive if its epoch is that of the table,
 * if the hashes cover all numbers since then, and if none of its tags has a higher number. A lost table is replaced by one with
 * another epoch, which ends all values and leases. So does a table of another server process, because after a restart the server
 * may have loaded an older snapshot, and a replica that took over may lack invalidations.
 */

/** Number of fields with which the table begins a new hash: the memory of a namespace's tags is bounded. */
export const MAX_FIELDS = 100_000

/** Lifetime of a table that nothing uses, in ms. The loss of a table costs loads. */
const TABLE_MS = 31 * 86_400_000

/** Lifetime at which a table that is in use gets its full lifetime again, in ms. */
const TABLE_LOW_MS = 30 * 86_400_000

/** Functions that scripts add to a prelude. Each script has only those that it calls, because every call creates them anew. */
export const clockPart = `
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function whole(number)
  return string.format('%.0f', number)
end
`

export const lifetimePart = `
local function keepFor(key, ms)
  if redis.call('PTTL', key) < tonumber(ms) then redis.pcall('PEXPIRE', key, ms) end
end
`

export const leasePart = `
local function leaseIn(text)
  return string.match(text or '', '^(%S+) (%S+) (%S+) (%S+) (%S+)$')
end
`

/** Returns the earlier of two times of expiry, of which `-` is none. */
export const expiryPart = `
local function earliest(a, b)
  if a == '-' then return b end
  if b == '-' or tonumber(a) < tonumber(b) then return a end
  return b
end
`

export const wakePart = `
local function wake(waiters, channel, name)
  for id in string.gmatch(waiters or '', '%S+') do redis.pcall('PUBLISH', channel .. id, name) end
end
local function wakeAll(key, channel, name)
  for _, field in ipairs(redis.call('HKEYS', key)) do
    if string.sub(field, 1, 1) == 'q' then wake(redis.call('HGET', key, field), channel, name) end
  end
end
`

const failedPart = `
local function failed(reply)
  return type(reply) == 'table' and reply.err
end
`

const serverRunPart = `
local function serverRun()
  local info = redis.pcall('INFO', 'server')
  return type(info) == 'string' and string.match(info, 'run_id:(%w+)') or 'unknown'
end
`

const loadTable = `
local NOW, BEFORE, FIRST, HAS_TABLE = KEYS[1], KEYS[2], 3, true
local E, S, F, R
local isLocked = false
do
  local found = redis.call('HMGET', NOW, 'run', 'e', 's', 'f', 'r')
  if ARGV[1] ~= '' or found[1] ~= RUN then
    ${serverRunPart}
    local run = serverRun()
    if found[1] and found[1] ~= run then
      isLocked = failed(redis.pcall('DEL', NOW, BEFORE))
      found = {}
    end
    if RUN ~= '' and run ~= RUN then return { 'run', run } end
    RUN = run
  end
  if found[1] then E, S, F, R = found[2], found[3], tonumber(found[4]), tonumber(found[5]) end
end
`

/** The parts of a script that differ between a single server and a cluster. */
export interface TableParts {
  /** Makes a missing table. Returns false if the server refuses. */
  readonly create: string
  /** Renews the lifetime of the table. */
  readonly keep: string
  /** Returns the time from which expired tags make a value stale, or `-`; nil if the value is not alive. */
  readonly check: string
}

export const tableParts: TableParts = {
  create: `
local function create()
  if isLocked then return false end
  local reply = redis.pcall('HSET', NOW, 'run', RUN, 'e', ARGV[2], 's', '1', 'f', '1', 'r', '1')
  if failed(reply) then return false end
  redis.pcall('DEL', BEFORE)
  redis.pcall('PEXPIRE', NOW, ${TABLE_MS})
  E, S, F, R = ARGV[2], '1', 1, 1
  return true
end
`,
  keep: `
local function keepTable()
  if redis.call('PTTL', NOW) > ${TABLE_LOW_MS} then return end
  redis.pcall('PEXPIRE', NOW, ${TABLE_MS})
  redis.pcall('PEXPIRE', BEFORE, ${TABLE_MS})
end
`,
  check: `
local function check(epoch, seq, tags)
  if epoch ~= E then return nil end
  if seq == S then return '-' end
  local number = tonumber(seq)
  local hashes = { NOW }
  if number < R then
    if number < F or redis.call('HGET', BEFORE, 'e') ~= E then return nil end
    hashes[2] = BEFORE
  end
  local fields, at = { 't', 'x' }, '-'
  for tag in string.gmatch(tags, '%S+') do
    fields[#fields + 1] = 't' .. tag
    fields[#fields + 1] = 'x' .. tag
  end
  for _, hash in ipairs(hashes) do
    for first = 1, #fields, 500 do
      local found = redis.call('HMGET', hash, unpack(fields, first, math.min(first + 499, #fields)))
      for i = 1, #found, 2 do
        if found[i] and tonumber(found[i]) > number then return nil end
        if found[i + 1] then
          local expiry, time = string.match(found[i + 1], '^(%S+) (%S+)$')
          if tonumber(expiry) > number then at = earliest(at, time) end
        end
      end
    end
  end
  return at
end
`,
}

export const clusterParts: TableParts = {
  create: 'local function create() return false end',
  keep: 'local function keepTable() end',
  check: `
local function check(epoch)
  if epoch == E then return '-' end
end
`,
}

/** For keys of a server that holds the table too: one call does everything. `run` is the id of the server process. */
export function preludeFor(run: string): string {
  return `${failedPart}\nlocal RUN = '${run}'\n${loadTable}`
}

/** For the table of a cluster, where the id of the process depends on the node. */
export const clusterTablePrelude = `${failedPart}\nlocal RUN = ''\n${loadTable}`

/**
 * For a key of a cluster, whose table is on another node. The caller passes the epoch and the number of the table, and checks
 * the tags. The epoch of a value also names the process that holds it, because it may have loaded an older snapshot.
 */
export const clusterEntryPrelude = `
${failedPart}
${serverRunPart}
local FIRST, HAS_TABLE = 1, false
local E, S = string.match(ARGV[3], '^(%S+) (%S+)$')
if E then E = E .. '@' .. serverRun() end
`

/** Begins a new hash of the table when this one is full. For scripts that add tags. */
export const rotation = `
local function rotate()
  if redis.call('HLEN', NOW) <= ${MAX_FIELDS} then return true end
  redis.call('UNLINK', BEFORE)
  redis.call('RENAME', NOW, BEFORE)
  return not failed(redis.pcall('HSET', NOW, 'run', RUN, 'e', E, 's', S, 'f', whole(R), 'r', S))
end
`
