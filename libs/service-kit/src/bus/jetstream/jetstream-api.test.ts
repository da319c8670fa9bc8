import { JetStreamApiError } from '@nats-io/jetstream';
import type { Problem } from '@weir/contracts/problems';
import { expect, test } from 'vitest';
import type { Fault } from '../../fault.ts';
import { createLogger } from '../../logger.ts';
import { JetStreamApi } from './jetstream-api.ts';

function setUp() {
  const problems = new Map<string, Problem>();
  const connection = new AbortController();
  const timers = new Map<() => void, number>();
  const api = new JetStreamApi({
    connectionLost: () => connection.signal,
    clock: {
      nowMs: () => 0,
      every: () => () => undefined,
      after: (delayMs, task) => {
        timers.set(task, delayMs);
        return () => timers.delete(task);
      },
    },
    logger: createLogger({ service: 'test', instance: 'test', level: 'silent' }),
    problems: {
      report: (name, { code, message }) => problems.set(name, { code, message }),
      clear: (name) => problems.delete(name),
    },
  });
  /** Ends the one wait that there is, and returns its length in milliseconds. */
  const endWait = () => {
    const [[task, delayMs] = []] = timers;
    if (!task) return undefined;
    timers.delete(task);
    task();
    return delayMs;
  };
  return { api, connection, timers, endWait, problems };
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));
const never = () => new Promise<never>(() => undefined);
const apiError = (code: number) => new JetStreamApiError({ code: 400, err_code: code, description: 'no' });
const fault = (code: string): unknown => expect.objectContaining({ name: 'Fault', code });

test('a call that gets no answer ends in time', async () => {
  const { api, endWait } = setUp();
  const call = api.run('wait', never);
  expect(endWait()).toBe(5_000);
  await expect(call).rejects.toEqual(fault('service_unavailable'));
});

test('a call ends with its connection, and none begins without one', async () => {
  const { api, connection } = setUp();
  const call = api.run('wait', never);
  connection.abort();
  await expect(call).rejects.toEqual(fault('bus_disconnected'));
  await expect(api.run('begin', async () => 'done')).rejects.toEqual(fault('bus_disconnected'));
});

test.each([
  [10071, 'revision_conflict'],
  [10164, 'revision_conflict'],
  [10023, 'jetstream_quota_exceeded'],
  [10039, 'jetstream_disabled'],
  [10008, 'service_unavailable'],
])('error %i of JetStream is %s', async (code, expected) => {
  const { api, timers } = setUp();
  await expect(api.run('fail', () => Promise.reject(apiError(code)))).rejects.toEqual(fault(expected));
  expect(timers.size).toBe(0);
});

test('what must succeed is tried until it does, less and less often', async () => {
  const { api, endWait } = setUp();
  let attempts = 0;
  const insisting = api.retryUntilStopped('succeed', async () => {
    if (++attempts < 8) throw apiError(10077);
    return 'done';
  });
  const waitsMs: unknown[] = [];
  for (let failures = 1; failures < 8; failures++) {
    await nextTurn();
    waitsMs.push(endWait());
  }
  expect(await insisting).toBe('done');
  expect(waitsMs).toEqual([100, 200, 400, 800, 1_600, 2_000, 2_000]);
});

test('nothing is tried any more once it is stopped', async () => {
  const { api, timers } = setUp();
  const insisting = api.retryUntilStopped('succeed', () => Promise.reject(apiError(10077)));
  await nextTurn();
  api.stop();
  await expect(insisting).rejects.toEqual(fault('bus_disconnected'));
  expect(timers.size).toBe(0);
});

test('what is tried again and again is a problem with its setting until it succeeds, and told once', async () => {
  const { api, endWait, problems } = setUp();
  const needs = { stream: 'USAGE', maxBytes: 1_073_741_824, maxBytesSetting: 'SIZE', replicas: 1 };
  let outcome: Error | undefined = apiError(10047);
  const call = () => (outcome ? Promise.reject(outcome) : Promise.resolve());
  const failed: string[] = [];
  const onFailed = ({ code }: Fault) => failed.push(code);
  const insisting = api.retryUntilStopped('create USAGE', call, { needs, onFailed });
  await nextTurn();
  expect([...problems]).toEqual([
    [
      'create USAGE',
      {
        code: 'jetstream_quota_exceeded',
        message: expect.stringMatching(/1024 MiB.*or lower SIZE$/) as string,
      },
    ],
  ]);
  outcome = undefined;
  endWait();
  await insisting;
  expect(failed).toEqual(['jetstream_quota_exceeded']);
  expect(problems.size).toBe(0);
});

test('that JetStream is off is one problem, whatever fails of it', async () => {
  const { api, problems } = setUp();
  const off = () => Promise.reject(apiError(10076));
  for (const task of ['create USAGE', 'create AUDIT']) await api.attempt(task, off).catch(() => undefined);
  expect([...problems.values()]).toMatchObject([{ code: 'jetstream_disabled' }]);
});
