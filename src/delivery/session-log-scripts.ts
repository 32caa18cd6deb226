/*
 * The Lua of the session log. All keys of one handler share a hash tag, so that they stay on one node of a cluster.
 *
 * APPEND: entries of one handler, in order
 *   KEYS 1 log (list of entries, newest last)  2 meta (hash: epoch, seq, eventId, node), then of each entry
 *        the guard of its event id, and what was said last of its call
 *   ARGV 1 epoch to use if there is none  2 entries kept  3 TTL of log, s: at least so long after its last entry, at
 *        most half as long again  4 TTL of what was last said, s  5 our node  6 channel prefix  7 handler, then of each entry
 *        event id, receivedAt, event as JSON; of a repeat: the epoch that had it, else empty; 1: a log that became
 *        another one since may have this event id again; revision of the card, else empty; TTL of the guard, s
 *   answers {epoch, node, {seq of each}}; 0 of one whose event id is in the log already, which is a repeat of another
 *   log's, or is older than what the log has of its call
 *
 * ATTACH
 *   KEYS 1 meta  ARGV 1 epoch to use if there is none  2 our node  3 TTL, s
 *   answers {epoch, seq, eventId, node that held it before}
 *
 * READ
 *   KEYS 1 log  2 meta  ARGV 1 epoch of the reader  2 seq of the reader  3 entries wanted
 *   answers {epoch, seq, eventId, entries}: the reader's own entry first, where the list still has it; none when the
 *   epoch is another, or nothing has come since
 *
 * RENEW
 *   KEYS 1 meta (without: such nodes, the last of them)  ARGV 1 epoch of the log from now on  2 the node whose last
 *        words it may lack  3 TTL, s
 *   answers {1}, or {0} when there is no log, or it is another for that node's sake already
 */
export const APPEND = `
local meta = redis.call('HMGET', KEYS[2], 'epoch', 'seq', 'node')
local epoch, seq, node = meta[1], tonumber(meta[2] or '0'), meta[3] or ''
local entries, said = {}, {}
local eventId
for at = 0, (#KEYS - 2) / 2 - 1 do
  local guardKey, lastKey, a = KEYS[3 + 2 * at], KEYS[4 + 2 * at], 8 + 7 * at
  local hadBy, rev = ARGV[a + 3], ARGV[a + 5]
  local isNew = hadBy == '' or epoch == hadBy
  local guard = isNew and redis.call('GET', guardKey)
  -- '1': as the version before this one wrote it.
  if guard and (guard == epoch or guard == '1' or ARGV[a + 4] ~= '1') then isNew = false end
  if isNew and rev ~= '' then
    local last = redis.call('GET', lastKey)
    local space = last and string.find(last, ' ', 1, true)
    if space and string.sub(last, 1, space - 1) == epoch and tonumber(string.sub(last, space + 1)) > tonumber(rev) then
      isNew = false
    end
  end
  said[at + 1] = 0
  if isNew then
    if not epoch then epoch = ARGV[1] end
    redis.call('SET', guardKey, epoch, 'EX', ARGV[a + 6])
    if rev ~= '' then redis.call('SET', lastKey, epoch .. ' ' .. rev, 'EX', ARGV[4]) end
    seq = seq + 1
    eventId = ARGV[a]
    said[at + 1] = seq
    entries[#entries + 1] = seq .. ' ' .. eventId .. ' ' .. ARGV[a + 1] .. ' ' .. ARGV[a + 2]
  end
end
if #entries == 0 then return {epoch or '', node, said} end
local length = redis.call('RPUSH', KEYS[1], unpack(entries))
if length > tonumber(ARGV[2]) then redis.call('LTRIM', KEYS[1], -tonumber(ARGV[2]), -1) end
redis.call('HSET', KEYS[2], 'epoch', epoch, 'seq', seq, 'eventId', eventId)
for at = 1, 2 do
  -- A log lives for a day or more after its last entry; to say so with each would be half of what is written.
  if redis.call('TTL', KEYS[at]) < tonumber(ARGV[3]) then
    redis.call('EXPIRE', KEYS[at], math.floor(ARGV[3] * 1.5))
  end
end
if node ~= '' and node ~= ARGV[5] then
  for at = 1, #entries do redis.call('PUBLISH', ARGV[6] .. node, ARGV[7] .. ' ' .. epoch .. ' ' .. entries[at]) end
end
return {epoch, node, said}
`

export const ATTACH = `
local epoch = redis.call('HGET', KEYS[1], 'epoch')
if not epoch then
  epoch = ARGV[1]
  redis.call('HSET', KEYS[1], 'epoch', epoch, 'seq', 0)
end
local before = redis.call('HGET', KEYS[1], 'node') or ''
redis.call('HSET', KEYS[1], 'node', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return {epoch, redis.call('HGET', KEYS[1], 'seq') or '0', redis.call('HGET', KEYS[1], 'eventId') or '', before}
`

export const READ = `
local meta = redis.call('HMGET', KEYS[2], 'epoch', 'seq', 'eventId')
local epoch, seq, eventId = meta[1] or '', tonumber(meta[2] or '0'), meta[3] or ''
local own = tonumber(ARGV[2])
if epoch ~= ARGV[1] or own >= seq then return {epoch, tostring(seq), eventId, {}} end
local first = seq - redis.call('LLEN', KEYS[1]) + 1
local from = math.max(0, own - first)
return {epoch, tostring(seq), eventId, redis.call('LRANGE', KEYS[1], from, from + tonumber(ARGV[3]))}
`

export const RENEW = `
local without = redis.call('HGET', KEYS[1], 'without') or ''
if redis.call('EXISTS', KEYS[1]) == 0 or string.find(without, ARGV[2], 1, true) then return {0} end
redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'without', string.sub(ARGV[2] .. ' ' .. without, 1, 400))
redis.call('EXPIRE', KEYS[1], ARGV[3])
return {1}
`
