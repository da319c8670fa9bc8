import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type KnownServer, ServerChoice } from './server-choice.ts';

const listed = (...names: string[]): KnownServer[] => names.map((listen) => ({ listen, gossiped: false }));
const gossiped = (...names: string[]): KnownServer[] => names.map((listen) => ({ listen, gossiped: true }));

const cluster = listed('a:4222', 'b:4222', 'c:4222');
const instances = Array.from({ length: 3_000 }, (_, index) => `instance-${index}`);
const requestsOf = (instance: string) => new ServerChoice({ role: 'requests', instance });

/** How many of all instances begin with each server. */
function shares(servers: readonly KnownServer[], firstOf: (instance: string) => string | undefined) {
  const counts = new Map(servers.map(({ listen }) => [listen, 0]));
  for (const instance of instances) {
    const first = firstOf(instance) ?? '';
    counts.set(first, (counts.get(first) ?? 0) + 1);
  }
  return [...counts.values()].map((count) => count / instances.length);
}

test('processes spread over all servers, and those of a lost one over the others', () => {
  for (const share of shares(cluster, (instance) => requestsOf(instance).home(cluster))) {
    expect(share).toBeCloseTo(1 / 3, 1);
  }
  const afterLoss = shares(cluster.slice(1), (instance) => {
    const choice = requestsOf(instance);
    const home = choice.home(cluster) ?? '';
    if (home !== 'a:4222') return home;
    choice.connected(home);
    return choice.next(cluster)?.listen;
  });
  for (const share of afterLoss) expect(share).toBeCloseTo(1 / 2, 1);
});

test('a server that is added takes its share, and nobody else moves', () => {
  const larger = [...cluster, ...listed('d:4222')];
  const moved = instances.filter((instance) => {
    const choice = requestsOf(instance);
    const [before, after] = [choice.home(cluster), choice.home(larger)];
    if (before !== after) expect(after).toBe('d:4222');
    return before !== after;
  });
  expect(moved.length / instances.length).toBeCloseTo(1 / 4, 1);
});

const someServers = fc
  .uniqueArray(fc.integer({ min: 1, max: 99 }), { minLength: 2, maxLength: 6 })
  .map((numbers) => listed(...numbers.map((number) => `n${number}:4222`)));

test('the connections of one process begin with different servers, and share one only when all others are lost', () => {
  fc.assert(
    fc.property(fc.string(), someServers, (instance, servers) => {
      const [requests, jetStream] = (['requests', 'jetStream'] as const).map((role) => {
        const choice = new ServerChoice({ role, instance });
        return servers.map(() => choice.next(servers)?.listen);
      });
      expect(requests?.[0]).not.toBe(jetStream?.[0]);
      expect(requests?.at(-1)).toBe(jetStream?.[0]);
      expect(jetStream?.at(-1)).toBe(requests?.[0]);
    }),
  );
});

test('a lost server is tried last, each once before any is tried again, and gossiped ones after those of NATS_URL', () => {
  fc.assert(
    fc.property(fc.string(), someServers, fc.nat(), (instance, known, at) => {
      const servers = [...known, ...gossiped('10.0.0.1:4222', '10.0.0.2:4222')];
      const lost = servers[at % servers.length]?.listen ?? '';
      const choice = requestsOf(instance);
      choice.connected(lost);
      const round = () => servers.map(() => choice.next(servers)?.listen);
      const [first, second] = [round(), round()];
      expect(new Set(first).size).toBe(servers.length);
      expect(first.at(-1)).toBe(lost);
      expect(second).toEqual(first);
      const others = first
        .slice(0, -1)
        .map((name) => servers.find(({ listen }) => listen === name)?.gossiped);
      expect(others).toEqual([...others].sort());
    }),
  );
});

test('the place of a process is among the servers of NATS_URL; where that names one, among all that the cluster has', () => {
  const others = gossiped('10.0.0.1:4222', '10.0.0.2:4222');
  for (const instance of instances.slice(0, 100)) {
    expect(cluster.map(({ listen }) => listen)).toContain(requestsOf(instance).home([...cluster, ...others]));
  }
  const one = listed('nats:4222');
  const homes = new Set(instances.map((instance) => requestsOf(instance).home([...one, ...others])));
  expect(homes.size).toBe(3);
  expect(requestsOf('x').home(one)).toBe('nats:4222');
  expect(requestsOf('x').home([])).toBeUndefined();
});
