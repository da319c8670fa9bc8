import { arrayOf } from '@weir/contracts/collections';
import { z } from 'zod';
import { observationLength } from './entry.ts';

/**
 * What each script gets as its first keys. An entry is the hash `entry:<id>`: `m` its meta, `c` its completion, `h` its hits, `o` the
 * observations, and of the meta what scripts read, `a` created, `x` expires, `s` stale until. `expiries` has all ids by the time at
 * which they are over, `created` and `organisation:<organisation>` by their age. `facts` has of each id the bytes that are counted for
 * it, the id of its vector or `-`, and its organisation; `bytes` is the sum of them all. `vectors` has the ids of entries by those of
 * their vectors. Nothing has an expiry of Redis' own: what
 * it deleted by itself would stay counted. Redis is one node; entries beside the one that is asked for are named by their prefix.
 */
export const entryKeys = [
  'entry:',
  'organisation:',
  'expiries',
  'created',
  'facts',
  'bytes',
  'vectors',
] as const;

const prelude = `
local function remove(id)
  redis.call('del', KEYS[1] .. id)
  redis.call('zrem', KEYS[3], id)
  redis.call('zrem', KEYS[4], id)
  local facts = redis.call('hget', KEYS[5], id)
  if not facts then return nil end
  local bytes, vector, organisation = string.match(facts, '^(%d+) (%S+) (.*)$')
  redis.call('hdel', KEYS[5], id)
  redis.call('decrby', KEYS[6], bytes)
  redis.call('zrem', KEYS[2] .. organisation, id)
  if vector ~= '-' then redis.call('hdel', KEYS[7], vector) end
  return vector
end
`;

const bytes = z.instanceof(Buffer);
const text = bytes.transform(String);

/** How many entries make room for one at the most: more would hold up all others at Redis. */
const mostEvicted = 1_000;

/**
 * ARGV: id, meta, completion, bytes, its vector's id or `-`, organisation, created, expires, stale until, now, most bytes in all, 1
 * where the lease is given back. KEYS[8]: the lease. Answers whether it is kept, and the vectors of those that had to make room.
 */
export const putScript = {
  name: 'entry.put',
  lua: `${prelude}
    -- First of all a command that a full Redis refuses: once a script has deleted something it is let through with all else.
    local refused = redis.pcall('incrby', KEYS[6], 0)
    if ARGV[12] == '1' then redis.call('del', KEYS[8]) end
    if type(refused) == 'table' then return { 0 } end
    remove(ARGV[1])
    local most = tonumber(ARGV[11]) - tonumber(ARGV[4])
    local evicted = { 1 }
    local total = tonumber(redis.call('get', KEYS[6]) or '0')
    local tries = 0
    while total > most and tries < ${mostEvicted} do
      local first = redis.call('zrange', KEYS[3], 0, 0)[1]
      if not first then break end
      local vector = remove(first)
      if vector and vector ~= '-' then evicted[#evicted + 1] = vector end
      total = tonumber(redis.call('get', KEYS[6]) or '0')
      tries = tries + 1
    end
    if total > most then
      evicted[1] = 0
      return evicted
    end
    redis.call('hset', KEYS[1] .. ARGV[1], 'm', ARGV[2], 'c', ARGV[3], 'h', 0, 'a', ARGV[7], 'x', ARGV[8], 's', ARGV[9])
    redis.call('zadd', KEYS[3], ARGV[9], ARGV[1])
    redis.call('zadd', KEYS[4], ARGV[7], ARGV[1])
    redis.call('zadd', KEYS[2] .. ARGV[6], ARGV[7], ARGV[1])
    redis.call('hset', KEYS[5], ARGV[1], ARGV[4] .. ' ' .. ARGV[5] .. ' ' .. ARGV[6])
    if ARGV[5] ~= '-' then redis.call('hset', KEYS[7], ARGV[5], ARGV[1]) end
    redis.call('incrby', KEYS[6], ARGV[4])
    return evicted`,
  reply: z
    .tuple([z.literal([0, 1])], text)
    .transform(([kept, ...evicted]) => ({ isKept: kept === 1, evicted })),
  isBinary: true,
};

/**
 * ARGV: now, the oldest that is wanted, for how long after its time, how long a lease is held (0: none is taken), and one for a stale
 * entry. KEYS: the entry and its lease. Answers whether the lease was taken, and what there is.
 */
export const lookUpScript = {
  name: 'entry.look-up',
  lua: `
    local now = tonumber(ARGV[1])
    local found = redis.call('hmget', KEYS[1], 'm', 'c', 'a', 'x', 's')
    local created, expires, stale = tonumber(found[3]), tonumber(found[4]), tonumber(found[5])
    local is_there = created and expires and stale and created >= tonumber(ARGV[2])
      and (expires > now or (stale > now and expires + tonumber(ARGV[3]) > now))
    local lease = is_there and (expires > now and 0 or tonumber(ARGV[5])) or tonumber(ARGV[4])
    local taken = lease > 0 and redis.call('set', KEYS[2], '1', 'NX', 'PX', lease) and 1 or 0
    if not is_there then return { taken } end
    return { taken, found[1] or '', found[2] or '' }`,
  reply: z.union([z.tuple([z.literal([0, 1])]), z.tuple([z.literal([0, 1]), bytes, bytes])]),
  isBinary: true,
};

/** ARGV: ids. Answers how many there were, and with their vectors. */
export const deleteScript = {
  name: 'entry.delete',
  lua: `${prelude}
    local vectors = { 0 }
    for _, id in ipairs(ARGV) do
      local vector = remove(id)
      if vector then vectors[1] = vectors[1] + 1 end
      if vector and vector ~= '-' then vectors[#vectors + 1] = vector end
    end
    return vectors`,
  reply: z.tuple([z.number()], z.string()).transform(([count, ...vectors]) => ({ count, vectors })),
};

/** The same of what is over. ARGV: now, how many at the most. */
export const sweepScript = {
  ...deleteScript,
  name: 'entry.sweep',
  lua: `${prelude}
    local vectors = { 0 }
    for _, id in ipairs(redis.call('zrangebyscore', KEYS[3], '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])) do
      local vector = remove(id)
      if vector and vector ~= '-' then vectors[#vectors + 1] = vector end
      vectors[1] = vectors[1] + 1
    end
    return vectors`,
};

/** KEYS[1]: `entry:`. ARGV: ids. Answers with the meta, completion, hits and observations of each, empty where there is none. */
export const readScript = {
  name: 'entry.read',
  lua: `
    local fields = {}
    for _, id in ipairs(ARGV) do
      local found = redis.call('hmget', KEYS[1] .. id, 'm', 'c', 'h', 'o')
      for i = 1, 4 do fields[#fields + 1] = found[i] or '' end
    end
    return fields`,
  reply: arrayOf(bytes),
  isBinary: true,
};

/**
 * KEYS: `entry:`, `vectors`, and the partition. ARGV: a vector's id. Answers until when the partition is stopped, and with the id, meta,
 * completion and observations of its entry, empty where there is none.
 */
export const readByVectorScript = {
  name: 'entry.read-by-vector',
  lua: `
    local id = redis.call('hget', KEYS[2], ARGV[1]) or ''
    local found = redis.call('hmget', KEYS[1] .. id, 'm', 'c', 'o')
    local stopped = redis.call('hget', KEYS[3], 'stopped_until') or '0'
    return { stopped, id, found[1] or '', found[2] or '', found[3] or '' }`,
  reply: z.tuple([bytes, bytes, bytes, bytes, bytes]),
  isBinary: true,
};

/**
 * KEYS: the index, and `entry:`. ARGV: id and age of the one after which the page begins, or nothing; how many. Answers with the meta and
 * hits of each, newest first. Where the one before is gone, those of the same age come again.
 */
export const listScript = {
  name: 'entry.list',
  lua: `
    local from = 0
    if ARGV[1] ~= '' then
      local rank = redis.call('zrevrank', KEYS[1], ARGV[1])
      from = rank and rank + 1 or redis.call('zcount', KEYS[1], '(' .. ARGV[2], '+inf')
    end
    local fields = {}
    for _, id in ipairs(redis.call('zrevrange', KEYS[1], from, from + ARGV[3] - 1)) do
      local found = redis.call('hmget', KEYS[2] .. id, 'm', 'h')
      fields[#fields + 1] = id
      fields[#fields + 1] = found[1] or ''
      fields[#fields + 1] = found[2] or ''
    end
    return fields`,
  reply: arrayOf(z.string()),
};

/** KEYS[1]: `entry:`. ARGV: pairs of an id and how often it was served since. */
export const countHitsScript = {
  name: 'entry.count-hits',
  lua: `
    for i = 1, #ARGV, 2 do
      local key = KEYS[1] .. ARGV[i]
      if redis.call('exists', key) == 1 then redis.call('hincrby', key, 'h', ARGV[i + 1]) end
    end
    return 1`,
  reply: z.number(),
};

/** The newest that are kept of an entry. */
export const mostObservations = 64;

/** KEYS[1]: the entry. ARGV[1]: an observation. */
export const observeScript = {
  name: 'entry.observe',
  lua: `
    if redis.call('exists', KEYS[1]) == 0 then return 0 end
    local all = (redis.call('hget', KEYS[1], 'o') or '') .. ARGV[1]
    redis.call('hset', KEYS[1], 'o', string.sub(all, -${observationLength * mostObservations}))
    return 1`,
  reply: z.number(),
};
