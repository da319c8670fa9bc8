import { Fault } from '@weir/service-kit/fault';
import { FakeClock } from '@weir/testkit/fake-clock';
import { expect, test } from 'vitest';
import { jsonHeaders, post, startIngress, streamedChat } from './harness.ts';
import { RawConnection, requestText } from './raw-connection.ts';

const intervalMs = 15_000;
const comment = ': heartbeat\n\n';

/** A stream that has been asked for, and a clock that stands still. */
async function ask(mode: string, headers: readonly string[] = []) {
  const clock = new FakeClock();
  const ingress = await startIngress({ WEIR_HEARTBEAT: mode }, { clock });
  const asked = ingress.bus.nextCall();
  const client = await RawConnection.to(ingress.port);
  client.send(requestText(JSON.stringify(streamedChat), headers));
  return { call: await asked, client, clock };
}

const beats = (received: string) => received.split(comment).length - 1;

test('a stream that is silent after its first content is kept alive by comments, as often as it needs them', async () => {
  const { call, client, clock } = await ask('after_content');
  clock.advance(4 * intervalMs);
  expect(client.received).toBe('');
  call.head();
  call.chunk('"one"');
  await client.until('"one"');
  clock.advance(intervalMs - 1);
  call.chunk('"two"');
  clock.advance(intervalMs - 1);
  call.chunk('"three"');
  await client.until('"three"');
  expect(beats(client.received)).toBe(0);
  clock.advance(2 * intervalMs);
  const { waiting } = clock;
  call.end();
  expect(beats(await client.until('[DONE]'))).toBe(2);
  await expect.poll(() => clock.waiting).toBe(waiting - 1);
});

test('up to the first content a failure still has a status of its own', async () => {
  const { call, client, clock } = await ask('after_content');
  clock.advance(4 * intervalMs);
  call.fault(new Fault('upstream_overloaded'));
  expect(await client.until('upstream_overloaded')).toMatch(/^HTTP\/1.1 503 /);
});

test.each([
  ['the request asks for it', 'off', ['x-weir-heartbeat: always']],
  ['the operator has set so', 'always', []],
])(
  'before the first content comments come where %s, and the headers come later, as a comment',
  async (_name, mode, headers) => {
    const { call, client, clock } = await ask(mode, headers);
    clock.advance(intervalMs - 1);
    expect(client.received).toBe('');
    clock.advance(1 + intervalMs);
    const begun = await client.until(comment);
    expect(begun).toMatch(/^HTTP\/1.1 200 /);
    call.head({ warnings: ['seed is not supported'] });
    call.chunk('"one"');
    call.end();
    const received = await client.until('[DONE]');
    expect(beats(received)).toBe(2);
    expect(received).toContain(': x-weir-provider: openai\n');
    expect(received).toContain(': x-weir-warnings: seed is not supported\n');
    expect(received.indexOf('x-weir-warnings')).toBeLessThan(received.indexOf('"one"'));
  },
);

test('a request that fails at once has its status, and one that fails later an error event', async () => {
  const early = await ask('always');
  early.call.fault(new Fault('upstream_overloaded'));
  expect(await early.client.until('upstream_overloaded')).toMatch(/^HTTP\/1.1 503 /);

  const { call, client, clock } = await ask('always');
  clock.advance(intervalMs);
  await client.until(comment);
  call.fault(new Fault('upstream_overloaded', { retryAfterMs: 2_000 }));
  const received = await client.until('upstream_overloaded');
  expect(received).toContain(': status: 503\n');
  expect(received).toContain(': retry-after: 2\n');
  expect(received).not.toContain('[DONE]');
});

test('nothing beats unless it is asked for, nor for a request that wants none', async () => {
  for (const [mode, headers] of [
    ['off', []],
    ['always', ['x-weir-heartbeat: off']],
  ] as const) {
    const { call, client, clock } = await ask(mode, headers);
    call.chunk('"one"');
    await client.until('"one"');
    clock.advance(10 * intervalMs);
    call.end();
    expect(beats(await client.until('[DONE]'))).toBe(0);
  }
});

test('a word that is none of the modes is refused by its name', async () => {
  const ingress = await startIngress();
  const headers = { ...jsonHeaders, 'x-weir-heartbeat': 'sometimes' };
  const response = await post(ingress, streamedChat, { headers });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: { param: 'x-weir-heartbeat' } });
});
