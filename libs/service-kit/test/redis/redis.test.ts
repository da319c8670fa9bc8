import { redisUrlFor } from '@weir/local-servers/redis';
import { eventually } from '@weir/testkit/eventually';
import { startRedis } from '@weir/testkit/servers/redis';
import type { TestServer } from '@weir/testkit/servers/test-server';
import fc from 'fast-check';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { isDoneWithin, systemClock } from '../../src/clock.ts';
import { createMetrics } from '../../src/metrics.ts';
import { redisConfigSchema } from '../../src/redis/redis-config.ts';
import type { RedisCommands } from '../../src/redis/redis-commands.ts';
import { openRedis } from '../../src/redis/redis.ts';
import type { ServerFacts } from '../../src/redis/server-checks.ts';

const unavailable = { code: 'service_unavailable', status: 503 };
const passwords = { cost: 'ABCdef0123456789', cache: 'GHIjkl0123456789' };

function optionsFor(url: string) {
  const lines: string[] = [];
  const into = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  return {
    settings: { ...redisConfigSchema.parse({ REDIS_URL: url }), commandTimeoutMs: 500 },
    service: 'cost',
    mustKeep: true,
    clock: systemClock,
    logger: pino({ level: 'info' }, into),
    metrics: createMetrics('cost'),
    lines,
  };
}

/** Adds to a counter, unless that would bring it above a limit. Answers with whether it did, and the count. */
const addUpTo = {
  name: 'counter.add',
  lua: `
    local count = tonumber(redis.call('get', KEYS[1]) or '0') + tonumber(ARGV[1])
    if count > tonumber(ARGV[2]) then return { 0, count - tonumber(ARGV[1]) } end
    redis.call('set', KEYS[1], count)
    return { 1, count }`,
  reply: z.tuple([z.literal([0, 1]), z.int()]).transform(([added, count]) => ({ added: added === 1, count })),
};

describe.each([
  { name: 'the Redis of tests', start: () => startRedis(), urlOf: (server: TestServer) => server.url },
  {
    name: 'the Redis of npm start',
    start: () => startRedis(passwords),
    urlOf: (server: TestServer) => redisUrlFor('cost', passwords.cost, server.port),
  },
])('on $name', ({ start, urlOf }) => {
  let server: TestServer;
  let url: string;
  beforeAll(async () => {
    server = await start();
    url = urlOf(server);
  });
  afterAll(() => server.close());

  test('a script works in one step, however many ask at once, and its limit holds', async () => {
    const redis = await openRedis(optionsFor(url));
    const add = redis.script(addUpTo);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 20 }),
        fc.integer({ min: 0, max: 50 }),
        async (amounts, limit) => {
          await redis.run('counter.reset', (client) => client.del('counter'));
          const replies = await Promise.all(amounts.map((amount) => add(['counter'], [amount, limit])));
          const added = amounts.filter((_, index) => replies[index]?.added);
          const sum = added.reduce((total, amount) => total + amount, 0);
          expect(sum).toBeLessThanOrEqual(limit);
          const kept = await redis.run('counter.read', (client) => client.get('counter'));
          expect(Number(kept ?? 0)).toBe(sum);
        },
      ),
      { numRuns: 30 },
    );
    await redis.close();
  });

  test('a server that is killed is a fault at once, and back with its data and its scripts', async () => {
    const options = optionsFor(url);
    const redis = await openRedis(options);
    const add = redis.script(addUpTo);
    await expect(add(['kept'], [7, 10])).resolves.toEqual({ added: true, count: 7 });
    // What it has not written to its log of commands yet, while the disk is busy, is lost with it.
    await eventually(async () => {
      expect(await redis.run('info', (client) => client.info('persistence'))).toMatch(
        /^aof_buffer_length:0\r?$/m,
      );
    });
    await server.kill();
    await eventually(async () => {
      expect(await redis.missing()).toEqual(['an answer from Redis']);
    });
    await expect(add(['kept'], [1, 10])).rejects.toMatchObject(unavailable);
    const waiting = openRedis(optionsFor(url));
    await server.restart();
    const opened = await waiting;
    await eventually(async () => {
      expect(await redis.missing()).toEqual([]);
    });
    await expect(add(['kept'], [1, 10])).resolves.toEqual({ added: true, count: 8 });
    expect(options.lines.join('')).toMatch(/lost the connection to Redis[^]*Redis is connected again/);
    await Promise.all([redis.close(), opened.close()]);
  });

  test('a script that the server has lost is sent again', async () => {
    const redis = await openRedis(optionsFor(url));
    const add = redis.script(addUpTo);
    await add(['flushed'], [1, 10]);
    await redis.run('flush', (client) => client.script('FLUSH'));
    await expect(add(['flushed'], [1, 10])).resolves.toEqual({ added: true, count: 2 });
    await redis.close();
  });

  test('a Redis that keeps everything is no matter for a warning', async () => {
    const options = optionsFor(url);
    const redis = await openRedis(options);
    expect(options.lines).toEqual([]);
    await redis.close();
  });

  test('every key begins with the name of the service', async () => {
    const redis = await openRedis(optionsFor(url));
    await redis.run('set', (client) => client.set('named', '1'));
    const raw = redis.script({
      name: 'raw',
      lua: "return redis.call('get', 'cost:named')",
      reply: z.string(),
    });
    await expect(raw([], [])).resolves.toBe('1');
    await redis.close();
  });
});

test('with a user for each service, nobody touches the keys of another or gets in without a password', async () => {
  const server = await startRedis(passwords);
  const redis = await openRedis(optionsFor(redisUrlFor('cost', passwords.cost, server.port)));
  const refused = [
    () =>
      redis.script({ name: 'theirs', lua: "return redis.call('get', 'cache:x')", reply: z.any() })([], []),
    () => redis.run('config', (client) => client.config('GET', '*')),
    () => redis.run('flush', (client) => client.flushall()),
    () => redis.run('keys', (client) => client.keys('*')),
  ];
  for (const attempt of refused) {
    await expect(attempt()).rejects.toMatchObject({
      cause: { message: expect.stringMatching(/NOPERM|can't access/) as string },
    });
  }
  await redis.close();
  for (const url of [server.url, redisUrlFor('cost', 'WrongSecret1', server.port)]) {
    const refusal: unknown = await openRedis(optionsFor(url)).catch((error: unknown) => error);
    expect(String(refusal)).toMatch(/^Error: Redis does not let us in: /);
    expect(String(refusal)).not.toContain('WrongSecret1');
  }
  await server.close();
});

test('a command that takes too long ends and holds up no others, and a fault tells nothing of what was written', async () => {
  const server = await startRedis();
  const redis = await openRedis(optionsFor(server.url));
  const slow = redis.run('slow', (client) => client.blpop('nothing', 30));
  await expect(slow).rejects.toMatchObject({
    ...unavailable,
    cause: { message: expect.stringContaining('slow: ') as string },
  });
  // What blocks the connection is given up with it.
  await eventually(() => redis.run('ping', (client) => client.ping()));
  const wrong: unknown = await redis
    .run('wrong', async (client) => {
      await client.set('text', 'canary');
      return client.lpush('text', 'canary');
    })
    .catch((error: unknown) => error);
  expect(wrong).toMatchObject({ code: 'internal_error' });
  const { cause } = wrong as { cause: Error };
  expect(JSON.stringify([cause.message, cause.stack, Object.values(cause)])).not.toContain('canary');
  const odd = redis.script({ name: 'odd', lua: "return 'text'", reply: z.int() });
  await expect(odd([], [])).rejects.toMatchObject({ code: 'internal_error' });
  await redis.close();
  await server.close();
});

test('whoever looks at what a Redis holds does so at every connection, before anybody else may use it', async () => {
  const server = await startRedis();
  const looks: { runId: string; role: string; kept: string | null; done: () => void }[] = [];
  const options = {
    ...optionsFor(server.url),
    onReady: async ({ runId, role }: ServerFacts, commands: RedisCommands) => {
      const look = commands.script({
        name: 'look',
        lua: "return redis.call('get', KEYS[1])",
        reply: z.string().nullable(),
      });
      const kept = await look(['kept'], []);
      const { promise, resolve: done } = Promise.withResolvers<undefined>();
      looks.push({
        runId,
        role,
        kept,
        done: () => {
          done(undefined);
        },
      });
      if (looks.length === 2) throw new Error('what is needed to judge it is away');
      await promise;
    },
  };
  const opening = openRedis(options);
  await eventually(() => {
    expect(looks).toMatchObject([{ role: 'master', kept: null }]);
  });
  expect(await isDoneWithin(opening, 20, systemClock)).toBe(false);
  looks[0]?.done();
  const redis = await opening;
  const add = redis.script(addUpTo);
  await add(['kept'], [1, 10]);
  await eventually(async () => {
    expect(await redis.run('info', (client) => client.info('persistence'))).toMatch(
      /^aof_buffer_length:0\r?$/m,
    );
  });

  await server.kill();
  await server.restart();
  // The second look has failed: there is a third, at the same server, which is another than the first.
  const [first, second, third] = await eventually(() => {
    expect(looks).toHaveLength(3);
    return looks;
  });
  expect([second?.kept, third?.kept]).toEqual(['1', '1']);
  expect(second?.runId).toMatch(/^[\da-f]{40}$/);
  expect(second?.runId).not.toBe(first?.runId);
  expect(third?.runId).toBe(second?.runId);
  await expect(add(['kept'], [1, 10])).rejects.toMatchObject(unavailable);
  await expect(redis.run('ping', (client) => client.ping())).rejects.toMatchObject(unavailable);
  expect(await redis.missing()).toEqual(['a look at what Redis holds']);
  third?.done();
  await eventually(async () => {
    expect(await redis.missing()).toEqual([]);
  });
  await expect(add(['kept'], [1, 10])).resolves.toEqual({ added: true, count: 2 });
  await redis.close();
  await server.close();
});

test('scripts that are put in one turn of the event loop are sent by one write, and each has its own answer', async () => {
  const server = await startRedis();
  const redis = await openRedis(optionsFor(server.url));
  const add = redis.script(addUpTo);
  const wrong = redis.script({ name: 'wrong', lua: "return redis.call('incr', 'a', 'b')", reply: z.any() });
  await add(['counter'], [1, 100]);
  const reads = async () => {
    const stats = await redis.run('stats', (client) => client.info('stats'));
    return Number(/^total_reads_processed:(\d+)/m.exec(stats)?.[1]);
  };
  const before = await reads();
  const answers = await Promise.allSettled([
    ...Array.from({ length: 50 }, () => add(['counter'], [1, 100])),
    wrong([], []),
    add(['counter'], [1, 100]),
  ]);
  // One for the scripts, and one for the question itself.
  expect((await reads()) - before).toBe(2);
  expect(answers.map(({ status }) => status)).toEqual([
    ...Array<string>(50).fill('fulfilled'),
    'rejected',
    'fulfilled',
  ]);
  await expect(add(['counter'], [1, 100])).resolves.toMatchObject({ count: 53 });
  await redis.close();
  await server.close();
});

test('a Redis that may lose what it was given is warned of, where that matters', async () => {
  const server = await startRedis();
  const redis = await openRedis(optionsFor(server.url));
  await redis.run('config', (client) => client.config('SET', 'maxmemory-policy', 'allkeys-lru'));
  await redis.run('config', (client) => client.config('SET', 'appendonly', 'no'));
  const options = optionsFor(server.url);
  await (await openRedis(options)).close();
  expect(options.lines.join('')).toMatch(
    /maxmemory-policy is allkeys-lru: .*noeviction[^]*no append-only file/,
  );
  const cache = optionsFor(server.url);
  await (await openRedis({ ...cache, mustKeep: false })).close();
  expect(cache.lines).toEqual([]);
  await redis.close();
  await server.close();
});

test('metrics tell commands by their name', async () => {
  const server = await startRedis();
  const options = optionsFor(server.url);
  const redis = await openRedis(options);
  await redis.script(addUpTo)(['counter'], [1, 1]);
  const text = await options.metrics.expose();
  expect(text).toMatch(/weir_redis_connected\{service="cost"\} 1/);
  expect(text).toMatch(
    /weir_redis_command_duration_seconds_count\{service="cost",command="counter.add",outcome="ok"\} 1/,
  );
  await redis.close();
  await expect(redis.run('late', (client) => client.ping())).rejects.toMatchObject(unavailable);
  await server.close();
});
