import { z } from 'zod';
import { prelude, wordAndNumbers } from './prelude.ts';

/**
 * From now on a counter's window keeps what comes while the ledger is read. KEYS: epoch, counter. ARGV: epoch, suffix, how long
 * the counter is kept, its revisions, and a random number. Answers with what `endSeed` has to show, which is the number of the first one
 * to read.
 */
export const beginSeedScript = {
  name: 'admission.begin-seed',
  reply: wordAndNumbers,
  lua: `${prelude}
local since, newest = tonumber(ARGV[4]), tonumber(ARGV[5])
local seed, token = seed_of(KEYS[2], ARGV[2], since, newest)
if seed then return { 'seeded' } end
if number(redis.call('hget', KEYS[2], 'g')) < since then
  for _, field in ipairs(redis.call('hkeys', KEYS[2])) do
    if string.match(field, '^[uspqtvw]') then redis.call('hdel', KEYS[2], field) end
  end
  redis.call('hset', KEYS[2], 'g', newest)
end
token = token or ARGV[6]
redis.call('hset', KEYS[2], 'p' .. ARGV[2], token)
redis.call('pexpire', KEYS[2], ARGV[3])
return { 'begun', tonumber(token) }
`,
};

/**
 * The ledger's sums, and what has come after them. Where two replicas have read, the first one's are taken. KEYS: epoch, counter. ARGV: epoch,
 * suffix, the sequence up to which all is in the sums, now, the token; then of each sum its index and amount. Answers `lost` where what has
 * come since was not kept: Redis has dropped the counter, or it was forgotten, or is another epoch's.
 */
export const endSeedScript = {
  name: 'admission.end-seed',
  reply: wordAndNumbers,
  lua: `${prelude}
local key, suffix, through = KEYS[2], ARGV[2], tonumber(ARGV[3])
local seed, token = seed_of(key, suffix)
if seed then return { 'seeded' } end
if token ~= ARGV[5] then return { 'lost' } end
for i = 6, #ARGV, 2 do redis.call('hset', key, 'u' .. ARGV[i], ARGV[i + 1]) end
for _, field in ipairs(redis.call('hkeys', key)) do
  local of, index, sequence = string.match(field, '^q(%d*):(%d+):(%d+)$')
  if of == suffix then
    if tonumber(sequence) > through then
      add(key, 'u' .. index, number(redis.call('hget', key, field)))
    end
    redis.call('hdel', key, field)
  end
end
redis.call('hset', key, 's' .. suffix, ARGV[3])
redis.call('hsetnx', key, 't', ARGV[4])
redis.call('hdel', key, 'p' .. suffix, 'w', 'v')
return { 'seeded' }
`,
};

/**
 * Forgets what is used in a counter's window, but not what is held, so that it is read from the ledger before it is used again. KEYS: epoch,
 * counter. ARGV: epoch, suffix, now.
 */
export const forgetScript = {
  name: 'admission.forget-counter',
  reply: wordAndNumbers,
  lua: `${prelude}
forget(KEYS[2], ARGV[2], ARGV[3])
return { 'forgotten' }
`,
};

/** Which of these thresholds nobody was told of yet. KEYS: epoch, counter. ARGV: epoch, the beginning of the fields, and the thresholds. */
export const claimAlertsScript = {
  name: 'admission.claim-alerts',
  reply: wordAndNumbers,
  lua: `${prelude}
local reply = { 'claimed' }
for i = 3, #ARGV do
  if redis.call('hsetnx', KEYS[2], ARGV[2] .. ARGV[i], 1) == 1 then reply[#reply + 1] = tonumber(ARGV[i]) end
end
return reply
`,
};

/** All of a counter. KEYS: epoch, counter. ARGV: epoch. */
export const readCounterScript = {
  name: 'admission.read-counter',
  reply: z.tuple([z.string()], z.string()),
  lua: `${prelude}
return { 'read', unpack(redis.call('hgetall', KEYS[2])) }
`,
};
