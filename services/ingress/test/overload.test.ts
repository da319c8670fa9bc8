import { expect, test } from 'vitest';
import type { FakeCall } from './fake-bus.ts';
import { type Ingress, chat, jsonHeaders, post, startIngress } from './harness.ts';

const adminKey = 'weir-admin-of-the-tests';

/** An ingress that answers as many completions as it may, and none of them is done. */
async function full(): Promise<{
  ingress: Ingress;
  calls: FakeCall[];
  answers: Promise<PromiseSettledResult<Response>[]>;
}> {
  const ingress = await startIngress({ WEIR_MAX_IN_FLIGHT: '2', WEIR_ADMIN_KEY: adminKey });
  const calls: FakeCall[] = [];
  ingress.bus.onCall = (call) => calls.push(call);
  // Those of connections that a test closes are refused.
  const answers = Promise.allSettled([post(ingress, chat), post(ingress, chat)]);
  await expect.poll(() => calls.length).toBe(2);
  return { ingress, calls, answers };
}

test('beyond what it answers at once, one more is told that it is full, and when to come again', async () => {
  const { ingress, calls, answers } = await full();
  const refused = await post(ingress, chat);
  expect(refused.status).toBe(503);
  expect(await refused.json()).toMatchObject({ error: { code: 'overloaded' } });
  expect(Object.fromEntries(refused.headers)).toMatchObject({
    'retry-after': '1',
    'retry-after-ms': '1000',
    'x-should-retry': 'true',
  });
  expect(calls).toHaveLength(2);

  for (const call of calls) call.end('{}');
  expect(await answers).toMatchObject(Array(2).fill({ value: { status: 200 } }));
  ingress.bus.onCall = (call) => {
    call.end('{}');
  };
  await expect.poll(async () => (await post(ingress, chat)).status).toBe(200);
});

test('a full ingress still tells its operators how it is, and its callers which models there are', async () => {
  const { ingress } = await full();
  const statusOf = async (path: string, authorization = jsonHeaders.authorization) =>
    (await fetch(ingress.url + path, { headers: { authorization } })).status;
  expect(await statusOf('/health')).toBe(200);
  expect(await statusOf('/ready')).toBe(200);
  expect(await statusOf('/v1/models')).toBe(200);
  expect(await statusOf('/admin/v1/status', `Bearer ${adminKey}`)).toBe(200);
});

test('a client that leaves gives its place back', async () => {
  const { ingress, answers } = await full();
  const ended = ingress.tracker.open.map(({ ended }) => ended);
  ingress.server.closeAllConnections();
  await answers;
  await Promise.all(ended);
  ingress.bus.onCall = (call) => {
    call.end('{}');
  };
  expect((await post(ingress, chat)).status).toBe(200);
});
