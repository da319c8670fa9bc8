import { expect, test } from 'vitest';
import { createLogger } from '../../logger.ts';
import { JetStreamApi } from './jetstream-api.ts';
import { StreamEnsurer } from './stream-ensurer.ts';

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

/** An ensurer whose pauses end at once. */
async function setUp() {
  let connection = new AbortController();
  let looks = 0;
  const api = new JetStreamApi({
    connectionLost: () => connection.signal,
    clock: {
      nowMs: () => 0,
      every: () => () => undefined,
      after(delayMs, task) {
        const timer = setImmediate(delayMs < 5_000 ? task : () => undefined);
        return () => {
          clearImmediate(timer);
        };
      },
    },
    logger: createLogger({ service: 'test', instance: 'test', level: 'silent' }),
    problems: { report: () => undefined, clear: () => undefined },
  });
  const needs = { stream: 'USAGE', maxBytes: 1, maxBytesSetting: undefined, replicas: 1 };
  const ensurer = new StreamEnsurer({ needs, api, create: async () => looks++ });
  const kept = ensurer.keep();
  await ensurer.created;
  await nextTurn();
  return {
    api,
    ensurer,
    kept,
    looks: () => looks,
    disconnect: () => {
      connection.abort();
    },
    reconnect: () => {
      connection = new AbortController();
    },
  };
}

test('a stream is looked for again after each loss of the connection, once there is one', async () => {
  const { looks, disconnect, reconnect } = await setUp();
  for (let losses = 1; losses < 4; losses++) {
    disconnect();
    await nextTurn();
    await nextTurn();
    expect(looks()).toBe(losses);
    reconnect();
    await expect.poll(looks).toBe(losses + 1);
  }
});

test('it is looked for again when it is rechecked, and not otherwise', async () => {
  const { ensurer, looks } = await setUp();
  await nextTurn();
  expect(looks()).toBe(1);
  ensurer.recheck();
  ensurer.recheck();
  await expect.poll(looks).toBe(2);
  await nextTurn();
  expect(looks()).toBe(2);
});

test('it is kept no longer once the API is stopped', async () => {
  const { api, kept, looks, disconnect } = await setUp();
  api.stop();
  disconnect();
  await kept;
  expect(looks()).toBe(1);
});
