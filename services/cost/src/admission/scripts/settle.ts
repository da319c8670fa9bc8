import { prelude, wordAndNumbers } from './prelude.ts';

/**
 * Counts what an event of the stream says was used, once, and frees what was held for it. All usage comes into the counters by
 * this script alone, and with the event's sequence, so that the ledger's sums and what comes after them fit together.
 * KEYS: epoch, expiries, hold, the event's mark, outbox, and the counters. ARGV: epoch, sequence, money, tokens, requests,
 * the hold's id, how long the mark is kept; whether a hold is freed; now, where nobody knows whether the event was counted; then of each counter unit, suffix, index, the first and
 * last index of the sum, and its revisions. Answers `settled` with whether it was held, and the money used now of each counter of money;
 * or `repeated`.
 */
export const settleScript = {
  name: 'admission.settle',
  reply: wordAndNumbers,
  lua: `${prelude}
local expiries, hold, mark, outbox = KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local sequence, id = ARGV[2], ARGV[6]
local amounts = { u = tonumber(ARGV[3]), t = tonumber(ARGV[4]), r = tonumber(ARGV[5]), q = tonumber(ARGV[5]), p = 0 }

local marked = redis.call('get', mark)
if marked == 's' then return { 'repeated' } end

local count_of_counters = #KEYS - 5
local stored = ARGV[8] == '1' and redis.call('hmget', hold, 'epoch', 'money', 'tokens', 'parts') or {}
local is_held, counted = stored[1] and 1 or 0, {}
-- Before anything is counted: should Redis refuse to write, nothing is, and it may come again.
if is_held == 1 or count_of_counters > 0 or marked then redis.call('set', mark, 's', 'px', ARGV[7]) end
if is_held == 1 then
  -- What was held in another epoch is held no more.
  local held = { u = number(stored[2]), t = number(stored[3]), p = 1, q = 1, r = 0 }
  for _, part in ipairs(stored[1] == ARGV[1] and parts_of(stored[4]) or {}) do
    give_back(part, held[part.unit])
    -- r: the request was counted when it began. q: it was held, and is counted now.
    local amount = part.unit == 'q' and 1 or part.unit == 'r' and 0 or amounts[part.unit]
    if ARGV[9] ~= '' then forget(part.key, part.suffix, ARGV[9]) end
    counted[part.key .. ' ' .. part.suffix] = count(part.key, part.suffix, part.index, amount, sequence) or true
  end
  redis.call('del', hold)
  redis.call('zrem', expiries, id)
end

if ARGV[9] ~= '' then
  for i = 1, count_of_counters do forget(KEYS[5 + i], ARGV[9 + (i - 1) * 7 + 2], ARGV[9]) end
end

local reply = { 'settled', is_held }
for i = 1, count_of_counters do
  local at = 9 + (i - 1) * 7
  local key, unit, suffix, index = KEYS[5 + i], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
  local used = counted[key .. ' ' .. suffix] or count(key, suffix, index, amounts[unit], sequence, tonumber(ARGV[at + 6]), tonumber(ARGV[at + 7]))
  if unit == 'u' then
    if suffix == '' then
      local kept = redis.call('hmget', key, 'w', 'v')
      used = rolling_sum(key, tonumber(ARGV[at + 4]), tonumber(ARGV[at + 5]), kept[1], kept[2])
    elseif type(used) ~= 'number' then
      used = number(redis.call('hget', key, 'u' .. suffix))
    end
    reply[#reply + 1] = used
  end
end

-- Its hold had expired, and was charged: the mark holds the event that takes that back.
if marked and string.sub(marked, 1, 1) == 'x' then
  redis.call('hset', outbox, id .. ':corrected', string.sub(marked, 2))
end
return reply
`,
};
