import { arrayOf } from '@weir/contracts/collections';
import { z } from 'zod';

/** The newest verdicts of a partition, by which it serves or not. */
export const verdictWindow = 100;
/** Fewer say too little. */
export const fewestVerdicts = 20;
/** One alone may be anybody's mistake. */
export const fewestWrong = 2;
/** For so long a partition serves no semantic answers, and those that it would have served are looked at. */
export const stoppedMs = 600_000;
const mostPartitions = 10_000;

/**
 * A partition is the hash `partition:<partition>`: `verdicts` its newest, as 1 and 0, `right` and `wrong` all there were,
 * `stopped_until`, `updated`, and whose it is. `partitions` and `partitions:<organisation>` have them by their last verdict, `stopped`
 * by the end of their stop.
 *
 * KEYS: `partition:`, `partitions`, `partitions:`, `stopped`. ARGV: partition, 1 where the answer was right, now, organisation, model,
 * accuracy target. Answers whether the partition has stopped by that.
 */
export const judgeScript = {
  name: 'precision.judge',
  lua: `
    local key, partition, now = KEYS[1] .. ARGV[1], ARGV[1], tonumber(ARGV[3])
    local verdicts = string.sub((redis.call('hget', key, 'verdicts') or '') .. ARGV[2], -${verdictWindow})
    local owner = redis.call('hget', key, 'organisation')
    if owner and owner ~= ARGV[4] then redis.call('zrem', KEYS[3] .. owner, partition) end
    redis.call('hset', key, 'verdicts', verdicts, 'updated', now, 'organisation', ARGV[4], 'model', ARGV[5])
    redis.call('hincrby', key, ARGV[2] == '1' and 'right' or 'wrong', 1)
    redis.call('zadd', KEYS[2], now, partition)
    redis.call('zadd', KEYS[3] .. ARGV[4], now, partition)
    while redis.call('zcard', KEYS[2]) > ${mostPartitions} do
      local oldest = redis.call('zpopmin', KEYS[2])[1]
      local organisation = redis.call('hget', KEYS[1] .. oldest, 'organisation') or ''
      redis.call('zrem', KEYS[3] .. organisation, oldest)
      redis.call('zrem', KEYS[4], oldest)
      redis.call('del', KEYS[1] .. oldest)
    end
    local _, wrong = string.gsub(verdicts, '0', '')
    local count = string.len(verdicts)
    local is_low = count >= ${fewestVerdicts} and wrong >= ${fewestWrong} and (count - wrong) / count < tonumber(ARGV[6])
    if not is_low then return 0 end
    local before = tonumber(redis.call('hget', key, 'stopped_until') or '0')
    redis.call('hset', key, 'stopped_until', now + ${stoppedMs})
    redis.call('zadd', KEYS[4], now + ${stoppedMs}, partition)
    return before <= now and 1 or 0`,
  reply: z.literal([0, 1]).transform((stopped) => stopped === 1),
};

/** KEYS: the index, and `partition:`. ARGV: the partition after which the page begins, or nothing; how many. */
export const listPartitionsScript = {
  name: 'precision.list',
  lua: `
    local rank = ARGV[1] ~= '' and redis.call('zrevrank', KEYS[1], ARGV[1])
    local from = rank and rank + 1 or 0
    local fields = {}
    for _, partition in ipairs(redis.call('zrevrange', KEYS[1], from, from + ARGV[2] - 1)) do
      fields[#fields + 1] = partition
      local names = { 'organisation', 'model', 'right', 'wrong', 'stopped_until', 'updated' }
      for _, name in ipairs(names) do
        fields[#fields + 1] = redis.call('hget', KEYS[2] .. partition, name) or ''
      end
    end
    return fields`,
  reply: arrayOf(z.string()),
};
