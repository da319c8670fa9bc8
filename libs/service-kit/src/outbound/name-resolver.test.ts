import { Fault } from '../fault.ts';
import { expect, test } from 'vitest';
import { NameResolver, type Resolve } from './name-resolver.ts';

const here = [{ address: '192.0.2.1', family: 4 }];

/** Look-ups that the test answers, by name. */
function lookUps() {
  const begun: { hostname: string; signal: AbortSignal; answer: () => void; fail: () => void }[] = [];
  const resolve: Resolve = (hostname, signal) => {
    const { promise, resolve: answer, reject } = Promise.withResolvers<typeof here>();
    begun.push({
      hostname,
      signal,
      answer: () => {
        answer(here);
      },
      fail: () => {
        reject(new Error('no such name'));
      },
    });
    return promise;
  };
  return { begun, resolve };
}

test('who asks for the same name at the same time shares one look-up, and later ones ask anew', async () => {
  const { begun, resolve } = lookUps();
  const names = new NameResolver({ resolve, maxUnderWay: 1 });
  const both = Promise.all([names.resolve('a.example.com', 1_000), names.resolve('a.example.com', 1_000)]);
  begun[0]?.answer();
  expect(await both).toEqual([here, here]);
  const later = names.resolve('a.example.com', 1_000);
  expect(begun).toHaveLength(2);
  begun[1]?.fail();
  await expect(later).rejects.toThrow('no such name');
});

test('beyond so many look-ups no other name is looked up, until one is over', async () => {
  const { begun, resolve } = lookUps();
  const names = new NameResolver({ resolve });
  const found = Array.from({ length: 64 }, (_, index) => names.resolve(`${index}.example.com`, 1_000));
  const refused = await names.resolve('other.example.com', 1_000).catch((fault: unknown) => fault);
  expect(refused).toBeInstanceOf(Fault);
  expect(refused).toMatchObject({ code: 'upstream_unreachable' });
  expect(begun).toHaveLength(64);
  begun[7]?.answer();
  await found[7];
  void names.resolve('other.example.com', 1_000);
  expect(begun.at(-1)?.hostname).toBe('other.example.com');
  for (const { answer } of begun) answer();
  await Promise.all(found);
});

test('each waits as long as it may, and a look-up that nobody waits for any more is cancelled', async () => {
  const { begun, resolve } = lookUps();
  const names = new NameResolver({ resolve, maxUnderWay: 1 });
  const [short, long] = [names.resolve('a.example.com', 20), names.resolve('a.example.com', 60)];
  await expect(short).rejects.toThrow('not found in time');
  expect(begun[0]?.signal.aborted).toBe(false);
  await expect(long).rejects.toThrow('not found in time');
  expect(begun[0]?.signal.aborted).toBe(true);
  const next = names.resolve('b.example.com', 1_000);
  begun[1]?.answer();
  expect(await next).toEqual(here);
});

test('a look-up has an end of its own, however long the connection may take', async () => {
  const { resolve } = lookUps();
  const startedAtMs = performance.now();
  await expect(new NameResolver({ resolve }).resolve('a.example.com', 86_400_000)).rejects.toThrow();
  expect(performance.now() - startedAtMs).toBeLessThan(3_500);
});
