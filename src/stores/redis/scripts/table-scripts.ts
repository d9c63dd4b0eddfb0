/** Scripts for the tag table alone: see prelude.ts for its fields. */
import { clockPart, expiryPart, rotation, tableParts } from './prelude.ts'

/** Arguments: time of an expiry or empty for an invalidation, channel and announcement or two empty texts, then tags. */
export const tagsScript = `
${clockPart}${tableParts.keep}${rotation}
local at = ARGV[4]

local function mark()
  S = whole(S + 1)
  for first = 7, #ARGV, 500 do
    local fields = { 's', S }
    for i = first, math.min(first + 499, #ARGV) do
      fields[#fields + 1] = (at == '' and 't' or 'x') .. ARGV[i]
      fields[#fields + 1] = at == '' and S or S .. ' ' .. at
    end
    if failed(redis.pcall('HSET', NOW, unpack(fields))) then return false end
  end
  return rotate()
end

-- Without a table nothing is alive. A full server cannot note the tags, but it can remove the table.
if E then
  if mark() then keepTable() else redis.call('DEL', NOW, BEFORE) end
elseif isLocked then
  return { 'failed', isLocked }
end
if ARGV[5] ~= '' then redis.pcall('PUBLISH', ARGV[5], ARGV[6]) end
return { 'marked' }
`

/**
 * Of a cluster: the state of the table, and the check of values. Arguments: set if a missing table is to be created, then for
 * each value epoch, number and tags. Replies with the epoch or an empty text, the number, `expired` if everything was made stale,
 * then for each value `dead`, or the time of its expiry.
 */
export const checkScript = `
${expiryPart}${tableParts.create}${tableParts.keep}${tableParts.check}
if not E and ARGV[4] ~= '' then create() end
local isExpired = redis.call('HEXISTS', NOW, 'x') + redis.call('HEXISTS', BEFORE, 'x') > 0
local replies = { E or '', S or '', isExpired and 'expired' or '' }
for i = 5, #ARGV, 3 do
  replies[#replies + 1] = E and check(ARGV[i], ARGV[i + 1], ARGV[i + 2]) or 'dead'
end
keepTable()
return replies
`

/** Of a cluster, without a prelude: publishes through the node of the table. Arguments: channel, announcement. */
export const publishScript = `
redis.call('PUBLISH', ARGV[2], ARGV[3])
return { 'published' }
`
