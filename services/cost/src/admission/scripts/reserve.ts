import { prelude, startMarginMs, wordAndNumbers } from './prelude.ts';

/**
 * Keeps back what an attempt may use, of all its counters or of none; a hold that is there already grows to the amount given.
 * KEYS: epoch, expiries, hold, its mark, the hold of the request's previous attempt, where the request has been counted, and the counters. ARGV: epoch, when the hold
 * expires, its id, JSON, money, tokens, the hour; whether a previous attempt is settled, its money and tokens; how long a request is
 * remembered, the counters' fingerprint; then of each counter eleven values. Answers with `held` or `refused` and what is used, held and needed of each counter; `unseeded` and which ones the ledger
 * has to be asked for; or `over` where the attempt has been settled or given up.
 */
export const reserveScript = {
  name: 'admission.reserve',
  reply: wordAndNumbers,
  lua: `${prelude}
local expiries, hold, mark, previous, request = KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local money, tokens, hour = tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7]

-- What the previous attempt has really used is held until its event comes, so that it is counted once; and the rest is free.
if ARGV[8] == '1' then
  local stored = redis.call('hmget', previous, 'epoch', 'money', 'tokens', 'parts', 'over')
  if stored[1] == ARGV[1] and not stored[5] then
    local kept = {}
    for _, part in ipairs(parts_of(stored[4])) do
      if part.unit == 'u' then give_back(part, number(stored[2]) - tonumber(ARGV[9])) end
      if part.unit == 't' then give_back(part, number(stored[3]) - tonumber(ARGV[10])) end
      if part.unit == 'p' then give_back(part, 1)
      else kept[#kept + 1] = part.unit .. ' ' .. part.suffix .. ' ' .. part.index .. ' ' .. part.key .. '\\n' end
    end
    redis.call('hset', previous, 'money', ARGV[9], 'tokens', ARGV[10], 'parts', table.concat(kept), 'over', 1)
  end
end

local count_of_counters = #KEYS - 6
if count_of_counters == 0 then return { 'held' } end
local stored = redis.call('hmget', hold, 'epoch', 'money', 'tokens', 'parts', 'over')
if redis.call('exists', mark) == 1 or stored[5] then return { 'over' } end

local is_held = stored[1] == ARGV[1]
local held_money, held_tokens, has = 0, 0, {}
if is_held then
  held_money, held_tokens = number(stored[2]), number(stored[3])
  money, tokens = math.max(money, held_money), math.max(tokens, held_tokens)
  for _, part in ipairs(parts_of(stored[4])) do has[part.key .. ' ' .. part.suffix] = part.unit end
end

local counters, unseeded, is_refused, reply = {}, {}, false, {}
for i = 1, count_of_counters do
  local at = 12 + (i - 1) * 11
  local key, unit, suffix, from, to = KEYS[6 + i], ARGV[at + 1], ARGV[at + 2], tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])
  local is_rolling = suffix == ''
  local values = redis.call('hmget', key, 's' .. suffix, 'h' .. suffix, 't', 'x', is_rolling and 'w' or 'u' .. suffix, 'v', 'g')
  local used, held, is_new = sum_of(values[5]), sum_of(values[2]), false
  if is_rolling then used, is_new = rolling_sum(key, from, to, values[5], values[6]) end
  local begins = not values[1] and unit ~= 'p'
  local revision, newest = number(values[7]), tonumber(ARGV[at + 11])
  local is_trusted = unit == 'p' or revision >= tonumber(ARGV[at + 10])
  if not is_trusted or begins and not (values[3] and suffix ~= '' and tonumber(suffix) > tonumber(values[3]) + ${startMarginMs}) then
    unseeded[#unseeded + 1] = i - 1
  end
  local is_part = has[key .. ' ' .. suffix]
  local how = ARGV[at + 9]
  local needed = unit == 'u' and money or unit == 't' and tokens or is_part and 1 or counts(request, key, how)
  local amount = needed
  if is_part then amount = unit == 'u' and money - held_money or unit == 't' and tokens - held_tokens or 0 end
  -- What takes nothing is refused nothing, however much is used.
  if amount > 0 and ARGV[at + 8] ~= '-' and used + held + amount > tonumber(ARGV[at + 8]) then is_refused = true end
  counters[i] = { key = key, unit = unit, suffix = suffix, index = ARGV[at + 5], amount = amount, how = how, is_part = is_part,
    begins = begins, before = values[4], newest = newest > revision and newest, ttl = ARGV[at + 7], keep_from = ARGV[at + 6], prunes = begins or is_new }
  reply[3 * i - 1], reply[3 * i], reply[3 * i + 1] = used, held, needed
end
if #unseeded > 0 then return { 'unseeded', unpack(unseeded) } end
reply[1] = is_refused and 'refused' or 'held'
if is_refused then
  -- Told without what the hold has already, so that all of it is to be added.
  local own = { u = held_money, t = held_tokens, p = 1, q = 1, r = 0 }
  for i, counter in ipairs(counters) do
    if counter.is_part == 'r' then reply[3 * i - 1] = math.max(0, reply[3 * i - 1] - 1) end
    if counter.is_part then reply[3 * i] = math.max(0, reply[3 * i] - own[counter.is_part]) end
  end
  return reply
end

local parts = { is_held and stored[4] or '' }
for i, counter in ipairs(counters) do
  if counter.begins then redis.call('hset', counter.key, 's' .. counter.suffix, 0) end
  if counter.newest then redis.call('hset', counter.key, 'g', counter.newest) end
  if counter.prunes then prune(counter.key, counter.keep_from) end
  if counter.amount > 0 then
    local is_used = counter.unit == 'r'
    if is_used then add_used(counter.key, counter.suffix, counter.index, counter.amount)
    else add(counter.key, 'h' .. counter.suffix, counter.amount) end
    local at = is_used and 3 * i - 1 or 3 * i
    reply[at] = reply[at] + counter.amount
    if counter.unit == 'r' or counter.unit == 'q' then remember(request, counter.key, counter.how, ARGV[11]) end
  end
  if not counter.is_part and (counter.unit == 'u' or counter.unit == 't' or counter.amount > 0) then
    parts[#parts + 1] = counter.unit .. ' ' .. counter.suffix .. ' ' .. counter.index .. ' ' .. counter.key .. '\\n'
  end
  keep(counter.key, counter.before, hour, counter.ttl)
end
redis.call('hset', hold, 'epoch', ARGV[1], 'json', ARGV[4], 'money', money, 'tokens', tokens, 'parts', table.concat(parts), 'counters', ARGV[12])
redis.call('zadd', expiries, ARGV[2], ARGV[3])
return reply
`,
};
