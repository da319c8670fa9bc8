import { z } from 'zod';
import { prelude, wordAndNumbers } from './prelude.ts';

/**
 * Puts off the expiry of holds. KEYS: epoch, expiries, and the holds. ARGV: epoch, when they expire; then of each hold its id, money,
 * tokens, and its counters' fingerprint. Answers with the places of those that are not there, hold less, or are part of other counters: they
 * are to be restored.
 */
export const renewScript = {
  name: 'admission.renew',
  reply: wordAndNumbers,
  lua: `${prelude}
local reply = { 'renewed' }
for i = 1, #KEYS - 2 do
  local at = 2 + (i - 1) * 4
  local stored = redis.call('hmget', KEYS[2 + i], 'epoch', 'money', 'tokens', 'over', 'counters')
  local holds_less = number(stored[2]) < tonumber(ARGV[at + 2]) or number(stored[3]) < tonumber(ARGV[at + 3])
    or stored[5] ~= ARGV[at + 4]
  if stored[1] == ARGV[1] then redis.call('zadd', KEYS[2], 'xx', 'gt', ARGV[2], ARGV[at + 1]) end
  if stored[1] ~= ARGV[1] or holds_less and not stored[4] then reply[#reply + 1] = i - 1 end
end
return reply
`,
};

/**
 * Makes a hold again that Redis has lost, or lost a part of, and a part of counters that have come since, whatever the limits say: it was
 * admitted, and is under way. One that was lost is marked as `unsure`: perhaps Redis has lost that it was settled. KEYS: epoch, expiries, hold, its mark, where the request has been counted, and the counters. ARGV: epoch, when it
 * expires, its id, JSON, money, tokens, the hour; whether it is over, and what it holds is all that it will cost; how long a request is
 * remembered, the counters' fingerprint; then of each counter unit, suffix, index, how long the counter is kept, and how requests count there.
 */
export const restoreScript = {
  name: 'admission.restore',
  reply: wordAndNumbers,
  lua: `${prelude}
local expiries, hold, mark, request = KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local stored = redis.call('hmget', hold, 'epoch', 'money', 'tokens', 'parts', 'over')
local is_held = stored[1] == ARGV[1]
local marked = redis.call('get', mark)
-- What was charged in an earlier epoch is held until the charge has come back.
if marked and not (stored[1] and not is_held and string.sub(marked, 1, 1) == 'x') then return { 'over' } end
if is_held and stored[5] then return { 'over' } end

local parts, has, money, tokens = {}, {}, tonumber(ARGV[5]), tonumber(ARGV[6])
if is_held then
  money, tokens = math.max(money, number(stored[2])), math.max(tokens, number(stored[3]))
  parts[1] = stored[4]
  for _, part in ipairs(parts_of(stored[4])) do
    if part.unit == 'u' then add(part.key, 'h' .. part.suffix, money - number(stored[2])) end
    if part.unit == 't' then add(part.key, 'h' .. part.suffix, tokens - number(stored[3])) end
    has[part.key .. ' ' .. part.suffix] = true
  end
else
  redis.call('hset', hold, 'json', ARGV[4], 'unsure', 1)
  if ARGV[8] == '1' then redis.call('hset', hold, 'over', 1) end
end
local amounts = { u = money, t = tokens, p = 1, q = 1 }
for i = 1, #KEYS - 5 do
  local at = 10 + (i - 1) * 5
  local key, unit, suffix, how = KEYS[5 + i], ARGV[at + 1], ARGV[at + 2], ARGV[at + 5]
  if not has[key .. ' ' .. suffix] and (unit ~= 'q' or counts(request, key, how) == 1) then
    add(key, 'h' .. suffix, amounts[unit])
    keep(key, redis.call('hget', key, 'x'), ARGV[7], ARGV[at + 4])
    parts[#parts + 1] = unit .. ' ' .. suffix .. ' ' .. ARGV[at + 3] .. ' ' .. key .. '\\n'
    if unit == 'q' then remember(request, key, how, ARGV[9]) end
  end
end
redis.call('hset', hold, 'epoch', ARGV[1], 'money', money, 'tokens', tokens, 'parts', table.concat(parts), 'counters', ARGV[10])
redis.call('zadd', expiries, ARGV[2], ARGV[3])
return { is_held and 'extended' or 'restored' }
`,
};

/**
 * Frees what is held for an attempt that was not made, or is counted already, and sees to it that no hold of its id comes any more. An event
 * of the attempt is counted all the same: whether counters have it they know by its sequence. KEYS: epoch, expiries, hold, its mark, where
 * the request has been counted. ARGV: epoch, the hold's id, and how long the mark is kept.
 */
export const releaseScript = {
  name: 'admission.release',
  reply: wordAndNumbers,
  lua: `${prelude}
local stored = redis.call('hmget', KEYS[3], 'epoch', 'money', 'tokens', 'parts')
if stored[1] == ARGV[1] then
  local held = { u = number(stored[2]), t = number(stored[3]), p = 1, q = 1, r = 0 }
  for _, part in ipairs(parts_of(stored[4])) do
    give_back(part, held[part.unit])
    if part.unit == 'q' then redis.call('srem', KEYS[5], part.key) end
  end
end
redis.call('del', KEYS[3])
redis.call('zrem', KEYS[2], ARGV[2])
redis.call('set', KEYS[4], 'r', 'px', ARGV[3], 'nx')
return { 'released' }
`,
};

/**
 * Lays the event that charges an expired hold into the outbox. The hold stays until that event has come back through the stream and is
 * counted; should that take long, it is sent again. KEYS: epoch, expiries, hold, its mark, outbox. ARGV: epoch, now, the hold's id,
 * when to try again, the event, the mark (x, and the event that takes the charge back), and how long that is kept.
 */
export const expireScript = {
  name: 'admission.expire',
  reply: wordAndNumbers,
  lua: `${prelude}
local expiry = redis.call('zscore', KEYS[2], ARGV[3])
if not expiry or tonumber(expiry) > tonumber(ARGV[2]) then return { 'renewed' } end
if redis.call('hget', KEYS[3], 'epoch') ~= ARGV[1] then return { 'renewed' } end
redis.call('hset', KEYS[5], ARGV[3] .. ':expired', ARGV[5])
redis.call('set', KEYS[4], ARGV[6], 'px', ARGV[7])
redis.call('zadd', KEYS[2], ARGV[4], ARGV[3])
return { 'expired' }
`,
};

/**
 * Begins an epoch where none has been begun since this process has looked. KEYS: epoch. ARGV: what was there, empty for nothing; and what
 * is to be. Answers with what is there now.
 */
export const beginEpochScript = {
  name: 'admission.begin-epoch',
  reply: z.string(),
  lua: `
local now = redis.call('get', KEYS[1])
if (now or '') ~= ARGV[1] then return now or '' end
redis.call('set', KEYS[1], ARGV[2])
return ARGV[2]
`,
};
