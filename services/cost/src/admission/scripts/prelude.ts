import { z } from 'zod';

/** Whole, and exact up to 2^53. */
const amount = z.number();

/** A word, and numbers. */
export const wordAndNumbers = z.tuple([z.string()], amount);

/** How long before a window begins a counter must have been in use, so that the window can begin at 0 without the ledger. */
export const startMarginMs = 60_000;

/**
 * What all scripts begin with. Each runs in one step, so that nothing comes between what it checks and what it changes, and
 * checks all before it changes anything: sums beyond 2^53, which would be an error half-way, stay there. KEYS[1] is the epoch's key and ARGV[1] what it must hold: where Redis has lost its
 * data, or another replica has begun a new epoch, nothing is done. Redis is one node: the counters that a hold is part of stand in the
 * hold by their whole names, since limits may have changed in the meantime.
 *
 * Fields of a counter, where S is the suffix of its window: `u<index>` used; `h<S>` held; `s<S>` the sequence of the event stream up
 * to which the ledger's sum is in it; `p<S>` it is being read from the ledger (a random number), and `q<S>:<index>:<sequence>` what was used in the meantime; `t` since when every event
 * has been counted; `g` the newest revision of its limits by which it was counted; `x` the hour in which its expiry was last put off; `a<index>:…` thresholds that were told. A rolling window, which has no
 * suffix, keeps in `v` the sum of all its indexes from `w` on, so that it is added up once in each part of it, and not each time.
 */
export const prelude = `
if redis.call('get', KEYS[1]) ~= ARGV[1] then return { 'epoch' } end

local function number(text) return tonumber(text) or 0 end

local most = 9007199254740991

-- A sum of a counter: nothing where there is none, and as much as there can be where it cannot be read, so that limits refuse.
local function sum_of(text)
  if not text then return 0 end
  local sum = tonumber(text)
  if sum and sum == sum then return sum end
  return most
end

local function add(key, field, amount)
  local sum = redis.pcall('hincrby', key, field, amount)
  if type(sum) == 'number' and sum <= most and sum >= -most then return sum end
  sum = amount > 0 and most or -most
  redis.call('hset', key, field, string.format('%.0f', sum))
  return sum
end

-- Parts of a hold: of each counter its unit, the window's suffix, the index where usage is added, and its key.
local function parts_of(text)
  local parts = {}
  for unit, suffix, index, key in string.gmatch(text or '', '(%a) (%d*) (%d+) ([^\\n]+)\\n') do
    parts[#parts + 1] = { unit = unit, suffix = suffix, index = index, key = key }
  end
  return parts
end

-- Less is held of a counter; never less than nothing, should Redis have dropped the counter in the meantime.
local function give_back(part, amount)
  if amount == 0 then return end
  local field = 'h' .. part.suffix
  if add(part.key, field, -amount) < 0 then redis.call('hdel', part.key, field) end
end

-- Whether what is used in the counter's window is known: by the ledger, or because the window began after counting did. Nothing is
-- where the counter was without a limit for a time.
local function seed_of(key, suffix, since, newest)
  local known = redis.call('hmget', key, 's' .. suffix, 't', 'p' .. suffix, 'g')
  if since and number(known[4]) < since then return nil end
  if since and number(known[4]) < newest then redis.call('hset', key, 'g', newest) end
  if known[1] then return tonumber(known[1]) end
  if known[2] and suffix ~= '' and tonumber(suffix) > tonumber(known[2]) + ${startMarginMs} then
    redis.call('hset', key, 's' .. suffix, 0)
    return 0
  end
  return nil, known[3]
end

-- Whether a request counts where attempts do so, or once: with the first that comes there.
local function counts(request, key, how)
  if how ~= 'once' then return tonumber(how) end
  return 1 - redis.call('sismember', request, key)
end

local function remember(request, key, how, ttl_ms)
  if how ~= 'once' then return end
  redis.call('sadd', request, key)
  redis.call('pexpire', request, ttl_ms)
end

-- What is used in a rolling window that begins with an index; and whether it was added up anew.
local function rolling_sum(key, from, to, first, sum)
  if first and tonumber(first) == from then return sum_of(sum), false end
  local fields, total = {}, 0
  for index = from, to do fields[#fields + 1] = string.format('u%.0f', index) end
  for _, value in ipairs(redis.call('hmget', key, unpack(fields))) do total = math.min(most, total + sum_of(value)) end
  -- By another replica's clock the window is further: its sum stays.
  if first and tonumber(first) > from then return total, false end
  redis.call('hset', key, 'w', string.format('%.0f', from), 'v', string.format('%.0f', total))
  return total, true
end

-- Answers with what is used at the index now.
local function add_used(key, suffix, index, amount)
  local used = add(key, 'u' .. index, amount)
  if suffix == '' then
    local first = redis.call('hget', key, 'w')
    if first and tonumber(index) >= tonumber(first) then add(key, 'v', amount) end
  end
  return used
end

-- Counts an event of the stream once: not where the ledger's sum has it already, and later where that is just being read.
-- Answers with what is used at the index now, where that has changed.
local function count(key, suffix, index, amount, sequence, since, newest)
  if amount == 0 then return end
  local seed, is_being_read = seed_of(key, suffix, since, newest)
  if seed then
    if tonumber(sequence) > seed then return add_used(key, suffix, index, amount) end
  elseif is_being_read then
    add(key, 'q' .. suffix .. ':' .. index .. ':' .. sequence, amount)
  end
end

-- What is used in a counter's window is read from the ledger before it is used again. What is held stays.
local function forget(key, suffix, now)
  if redis.call('exists', key) == 0 then return end
  redis.call('hdel', key, 's' .. suffix, 'p' .. suffix, 'w', 'v')
  -- The window did not begin after counting did, as far as anybody may conclude from now on.
  redis.call('hset', key, 't', now)
  for _, field in ipairs(redis.call('hkeys', key)) do
    local index = string.match(field, '^u(%d+)$')
    if index and (suffix == '' or index == suffix) then redis.call('hdel', key, field) end
  end
end

-- Keeps a counter that is in use. hour changes once an hour, so that this costs nothing most of the time.
local function keep(key, before, hour, ttl_ms)
  if before == hour then return end
  redis.call('hset', key, 'x', hour)
  redis.call('pexpire', key, ttl_ms)
end

-- Forgets indexes below keep_from.
local function prune(key, keep_from)
  for _, field in ipairs(redis.call('hkeys', key)) do
    local index = string.match(field, '^[uhsa](%d+)')
    if index and tonumber(index) < tonumber(keep_from) then redis.call('hdel', key, field) end
  end
end
`;
