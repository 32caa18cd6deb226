/*
 * The Lua of the session log. All keys of one handler share a hash tag, so that they stay on one node of a cluster.
 *
 * APPEND
 *   KEYS 1 log (list of entries, newest last)  2 meta (hash: epoch, seq, eventId, node)  3 guard of this event id
 *        4 what was said last of its call
 *   ARGV 1 event id  2 receivedAt  3 event as JSON  4 epoch to use if there is none  5 entries kept  6 TTL of log, s
 *        7 TTL of guard, s  8 our node  9 channel prefix  10 handler  11 of a repeat: the epoch that had it, else empty
 *        12 1: a log that became another one since may have this event id again  13 revision of the card, else empty
 *   answers {1, seq, epoch, node} or {0} when this event id is in the log already, is a repeat of another log's, or is
 *   older than what the log has of its call
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
local epoch = redis.call('HGET', KEYS[2], 'epoch')
if ARGV[11] ~= '' and epoch ~= ARGV[11] then return {0} end
local guard = redis.call('GET', KEYS[3])
-- '1': as the version before this one wrote it.
if guard and (guard == epoch or guard == '1' or ARGV[12] ~= '1') then return {0} end
if ARGV[13] ~= '' then
  local last = redis.call('GET', KEYS[4])
  local at = last and string.find(last, ' ', 1, true)
  if at and string.sub(last, 1, at - 1) == epoch and tonumber(string.sub(last, at + 1)) > tonumber(ARGV[13]) then
    return {0}
  end
end
if not epoch then
  epoch = ARGV[4]
  redis.call('HSET', KEYS[2], 'epoch', epoch)
end
redis.call('SET', KEYS[3], epoch, 'EX', ARGV[7])
if ARGV[13] ~= '' then redis.call('SET', KEYS[4], epoch .. ' ' .. ARGV[13], 'EX', ARGV[7]) end
local seq = redis.call('HINCRBY', KEYS[2], 'seq', 1)
local entry = seq .. ' ' .. ARGV[1] .. ' ' .. ARGV[2] .. ' ' .. ARGV[3]
redis.call('RPUSH', KEYS[1], entry)
redis.call('LTRIM', KEYS[1], -tonumber(ARGV[5]), -1)
redis.call('HSET', KEYS[2], 'eventId', ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[6])
redis.call('EXPIRE', KEYS[2], ARGV[6])
local node = redis.call('HGET', KEYS[2], 'node') or ''
if node ~= '' and node ~= ARGV[8] then redis.call('PUBLISH', ARGV[9] .. node, ARGV[10] .. ' ' .. epoch .. ' ' .. entry) end
return {1, seq, epoch, node}
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
