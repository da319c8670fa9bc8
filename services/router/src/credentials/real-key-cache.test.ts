import { inspect } from 'node:util';
import { Fault } from '@weir/service-kit/fault';
import { expect, test } from 'vitest';
import { aBucketEntry, aKeyCache } from '../../test/stored-keys.ts';

const unavailable = expect.objectContaining({ code: 'no_target_available' }) as Error;
const away = new Fault('service_unavailable');

async function aKnownKey() {
  const parts = aKeyCache();
  await parts.store.put('c1', aBucketEntry());
  parts.keys.set('c1', 'sk-real-1');
  return parts;
}

test('a key is asked for once, however many wait for it, and is used for a minute without another question', async () => {
  const { open, keys, clock } = await aKnownKey();
  const opened = await Promise.all(Array.from({ length: 20 }, () => open('c1')));
  expect(new Set(opened)).toEqual(new Set(['sk-real-1']));
  clock.advance(44_999);
  await open('c1');
  expect(keys.asked).toBe(1);
});

test('a key in use is refreshed before its minute is over, and nobody waits for that', async () => {
  const { open, keys, clock } = await aKnownKey();
  await open('c1');
  clock.advance(50_000);
  const never = Promise.withResolvers<undefined>();
  keys.delay = never.promise;
  expect(await open('c1')).toBe('sk-real-1');
  expect(await open('c1')).toBe('sk-real-1');
  expect(keys.asked).toBe(2);
});

test('a key that was not used for a minute is asked for again', async () => {
  const { open, keys, clock } = await aKnownKey();
  await open('c1');
  keys.set('c1', 'sk-real-1-again');
  clock.advance(60_000);
  expect(await open('c1')).toBe('sk-real-1-again');
});

test('where it cannot be asked for, a key goes on for ten minutes and no longer, and comes back by itself', async () => {
  const { open, keys, clock } = await aKnownKey();
  await open('c1');
  keys.failure = away;
  for (let minute = 0; minute < 9; minute++) {
    clock.advance(60_000);
    expect(await open('c1')).toBe('sk-real-1');
  }
  clock.advance(59_999);
  expect(await open('c1')).toBe('sk-real-1');
  clock.advance(1);
  await expect(open('c1')).rejects.toEqual(unavailable);
  keys.failure = undefined;
  await expect(open('c1')).rejects.toEqual(unavailable);
  clock.advance(1_000);
  expect(await open('c1')).toBe('sk-real-1');
});

test('keys that cannot be had are asked for once a second at most', async () => {
  const { open, keys, clock } = await aKnownKey();
  keys.failure = away;
  for (let time = 0; time < 10; time++) await expect(open('c1')).rejects.toEqual(unavailable);
  expect(keys.asked).toBe(1);
  clock.advance(1_000);
  await expect(open('c1')).rejects.toEqual(unavailable);
  expect(keys.asked).toBe(2);
});

test.each([
  ['disabled', { enabled: false }],
  ['deleted', undefined],
])('a credential that is %s is not used from then on, though keys are away', async (_, fields) => {
  const { open, keys, store } = await aKnownKey();
  await open('c1');
  keys.failure = away;
  if (fields) await store.put('c1', aBucketEntry(fields));
  else await store.delete('c1');
  await expect(open('c1')).rejects.toEqual(unavailable);
  expect(keys.asked).toBe(1);
  await store.put('c1', aBucketEntry());
  await expect(open('c1')).rejects.toEqual(unavailable);
});

test('a replaced key is not used from then on', async () => {
  const { open, keys, store } = await aKnownKey();
  await open('c1');
  await store.put('c1', aBucketEntry({ version: 2 }));
  keys.set('c1', 'sk-real-2', 2);
  expect(await open('c1')).toBe('sk-real-2');
});

test('an answer that was on its way while the key was replaced is not used, and puts no stale key into the cache', async () => {
  const { open, keys, store, clock } = await aKnownKey();
  const { promise, resolve } = Promise.withResolvers<undefined>();
  keys.delay = promise;
  const early = open('c1');
  await store.put('c1', aBucketEntry({ version: 2 }));
  keys.set('c1', 'sk-real-2', 2);
  const late = open('c1');
  resolve(undefined);
  await clock.advanceAsync(50);
  expect(await Promise.all([early, late])).toEqual(['sk-real-2', 'sk-real-2']);
  expect(await open('c1')).toBe('sk-real-2');
  expect(keys.asked).toBe(3);
});

test('an answer that was on its way while the credential was deleted is not used', async () => {
  const { open, keys, store } = await aKnownKey();
  const { promise, resolve } = Promise.withResolvers<undefined>();
  keys.delay = promise;
  const early = open('c1');
  await store.delete('c1');
  resolve(undefined);
  await expect(early).rejects.toEqual(unavailable);
});

test('an answer of an older version than the bucket’s is not used: the newer one is asked for until it is there', async () => {
  const { open, keys, store, clock } = await aKnownKey();
  await store.put('c1', aBucketEntry({ version: 2 }));
  const opened = open('c1');
  await clock.advanceAsync(100);
  keys.set('c1', 'sk-real-2', 2);
  await clock.advanceAsync(50);
  expect(await opened).toBe('sk-real-2');
});

test('a version that never comes is not waited for longer than half a second', async () => {
  const { open, store, clock } = await aKnownKey();
  await store.put('c1', aBucketEntry({ version: 2 }));
  const refused = expect(open('c1')).rejects.toEqual(unavailable);
  await clock.advanceAsync(500);
  await refused;
});

test('a key that is newer than the copy of the bucket is used, and stays when the copy catches up', async () => {
  const { open, keys, store } = await aKnownKey();
  keys.set('c1', 'sk-real-2', 2);
  expect(await open('c1')).toBe('sk-real-2');
  await store.put('c1', aBucketEntry({ version: 2 }));
  expect(await open('c1')).toBe('sk-real-2');
  expect(keys.asked).toBe(1);
});

test('a key that the keys service does not know any more is dropped, whatever the bucket says', async () => {
  const { open, keys, clock } = await aKnownKey();
  await open('c1');
  keys.delete('c1');
  clock.advance(60_000);
  await expect(open('c1')).rejects.toEqual(unavailable);
});

test.each(['sk-\r\nx: y', '', 'two words', 'sk-€'])(
  'what no header can carry is no key: %j',
  async (secret) => {
    const { open, keys } = await aKnownKey();
    keys.set('c1', secret);
    await expect(open('c1')).rejects.toEqual(unavailable);
  },
);

test('no key is in what is printed, serialised or thrown', async () => {
  const { cache, credentials, keys, clock } = await aKnownKey();
  const stored = credentials.get('c1');
  if (!stored) throw new Error('It is there.');
  const opened = await cache.open(stored);
  expect(opened.secret).toBe('sk-real-1');
  const printed = [inspect(cache, { depth: 9, showHidden: true }), inspect(opened), JSON.stringify(opened)];
  keys.set('c1', 'sk-real-1 with a space');
  clock.advance(600_000);
  const fault = await cache.open(stored).catch((thrown: unknown) => thrown);
  expect([...printed, inspect(fault, { depth: 9 })].join()).not.toContain('sk-real-1');
});

test('what was not asked for again within ten minutes is not in memory any more', async () => {
  const { open, keys, clock, cache } = await aKnownKey();
  await open('c1');
  clock.advance(660_000);
  keys.failure = away;
  await expect(open('c1')).rejects.toEqual(unavailable);
  cache.stop();
  expect(clock.waiting).toBe(0);
});
