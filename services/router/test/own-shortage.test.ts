import type { LookupFunction } from 'node:net';
import { startFakeProvider, type FakeProvider } from '@weir/testkit/providers/fake-provider';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { toCredential } from '../src/providers/credential.ts';
import { aProvider } from './a-provider.ts';
import { createCompleterOf } from './completer.ts';
import { aBudget } from './fake-cost.ts';

let host: FakeProvider;
beforeAll(async () => {
  host = await startFakeProvider();
});
beforeEach(() => {
  host.reset();
});
afterAll(() => host.close());

/** This host's DNS does not answer, as where no file descriptor is left for its socket. */
const lookup: LookupFunction = (hostname, _, callback) => {
  callback(
    Object.assign(new Error(`getaddrinfo ${hostname}`), { code: 'EMFILE', syscall: 'getaddrinfo' }),
    [],
  );
};

const providerAt = (name: string, baseUrl: string) =>
  aProvider({ name, baseUrl, credentials: [toCredential('sk-only')], models: [{ id: 'm' }] });
const unreachable = () => providerAt('unreachable', 'http://llm.example.com/v1');
const chat = { model: 'm' };
const single = { targets: [{ provider: 'unreachable' }], strategy: { mode: 'single' } };
const fallback = {
  strategy: { mode: 'fallback' },
  targets: [{ provider: 'unreachable', retry: { attempts: 3 } }, { provider: 'host' }],
};

test('what this process lacks opens no circuit, is retried nowhere here, and leaves the request to another router', async () => {
  const completer = createCompleterOf([unreachable()], { config: single, lookup });
  for (let request = 0; request < 20; request++) {
    expect(await completer.ask(chat).done).toMatchObject({
      code: 'resource_exhausted',
      details: { attempts: 0, tryAnother: 'unnumbered', retryAfterMs: 1_000 },
    });
  }
  expect(completer.attempts).toEqual([]);
  expect(completer.health.list().map(({ state }) => state)).not.toContain('open');
});

test('another target is asked that can be reached, and the request is one event', async () => {
  const providers = [unreachable(), providerAt('host', host.openaiBaseUrl)];
  const completer = createCompleterOf(providers, { config: fallback, lookup });
  const { done, reply } = completer.ask(chat);
  expect(await done).toBeUndefined();
  expect(reply.heads).toMatchObject([{ provider: 'host', attempts: 1 }]);
  expect(reply.trailer?.isFallback).toBe(true);
  expect(completer.attempts).toMatchObject([{ attempt: 1, provider: 'host', outcome: 'ok' }]);
});

test('a request that a provider was asked for is not left to another router', async () => {
  host.script({ fault: { kind: 'status', status: 500 } });
  const providers = [unreachable(), providerAt('host', host.openaiBaseUrl)];
  const config = {
    ...fallback,
    targets: [{ provider: 'host', retry: { attempts: 0 } }, { provider: 'unreachable' }],
  };
  const completer = createCompleterOf(providers, { config, lookup });
  const fault = await completer.ask(chat).done;
  expect(fault).toMatchObject({ code: 'upstream_error', details: { attempts: 1 } });
  expect(fault?.details.tryAnother).toBeUndefined();
});

test('what was held for an attempt that was never made is settled by its event, and its number is not used again', async () => {
  const completer = createCompleterOf([unreachable()], { config: single, lookup, limits: [aBudget] });
  expect(await completer.ask(chat).done).toMatchObject({
    code: 'resource_exhausted',
    details: { attempts: 0, tryAnother: 'numbered' },
  });
  expect(completer.attempts).toMatchObject([
    { attempt: 1, outcome: 'resource_exhausted', maybeBilled: false, cost: { nanoUsd: 0 } },
  ]);
});

test("a time-out for which this process stood still is not the provider's, and one that it waited for is", async () => {
  host.script({ fault: { kind: 'slow_first_byte', delayMs: 60_000 }, times: 2 });
  const config = { strategy: { mode: 'single' }, targets: [{ provider: 'host', request_timeout: 50 }] };
  const outcomes: unknown[] = [];
  for (const stalledMs of [5_000, 1]) {
    const stalls = { stalledMsSince: () => stalledMs };
    const completer = createCompleterOf([providerAt('host', host.openaiBaseUrl)], { config, stalls });
    outcomes.push((await completer.ask(chat).done)?.code, completer.attempts[0]?.maybeBilled);
  }
  expect(outcomes).toEqual(['resource_exhausted', true, 'upstream_timeout', true]);
});
