import { startGateway, type Gateway, testKey } from '@weir/testkit/gateway';
import { type FakeProvider, startFakeProvider } from '@weir/testkit/providers/fake-provider';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWeir } from './weir-process.ts';

let provider: FakeProvider;
let gateway: Gateway;
beforeAll(async () => {
  provider = await startFakeProvider();
  gateway = await startGateway({
    router: { OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: provider.openaiBaseUrl },
    guardrails: {},
  });
});
afterAll(async () => {
  await gateway.close();
  await provider.close();
});

const secret = 'a word that nobody may see';

async function ask(stream: boolean, headers: Record<string, string> = {}): Promise<string> {
  const response = await fetch(`${gateway.baseUrl}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${testKey}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model: 'gpt-5-mini', stream, messages: [{ role: 'user', content: secret }] }),
  });
  await response.text();
  return response.headers.get('x-request-id') ?? '';
}

const watch = async (...args: string[]) => {
  const watching = startWeir(['bus', 'watch', ...args], { NATS_URL: gateway.nats.urlFor('observer') });
  await watching.says('Watching.');
  return watching;
};

interface Shown {
  kind: string;
  from: string;
  to: string;
  bytes: number;
  subject: string;
  request_ids: string[];
}
const records = (out: string) =>
  out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Shown);

test('the next request is shown from its first message to its usage, and no content with it', async () => {
  const watching = await watch('--next', '--json');
  const [requestId] = await Promise.all([ask(true), ask(false)]);
  expect(await watching.ended).toBe(0);
  expect(watching.out).not.toContain(secret);
  const shown = records(watching.out);
  const [first] = shown;
  const [followed = ''] = first?.request_ids ?? [];
  // A message of usage may bring another request's beside it.
  for (const { kind, request_ids: ids } of shown)
    expect(ids).toEqual(['event', 'stored'].includes(kind) ? expect.arrayContaining([followed]) : [followed]);
  expect(first).toMatchObject({ kind: 'request', from: 'ingress', to: 'guardrails' });
  expect(first?.subject).toBe('weir.v1.guardrails.complete');
  expect(first?.bytes).toBeGreaterThan(secret.length);
  expect(shown[1]).toMatchObject({ kind: 'accepted', from: 'guardrails', to: 'ingress' });
  expect(shown).toContainEqual(
    expect.objectContaining({ kind: 'request', from: 'guardrails', to: 'router' }),
  );
  expect(shown.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['end', 'event', 'stored']));
  expect(requestId).toMatch(/^[\da-f-]{36}$/);
});

test('a request is followed by the trace that its caller has chosen, chunk by chunk', async () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const watching = await watch('--request', traceId, '--control');
  await ask(true);
  const requestId = await ask(true, { traceparent: `00-${traceId}-b7ad6b7169203331-01` });
  await expect.poll(() => watching.out, { timeout: 10_000 }).toContain('stored');
  watching.interrupt();
  expect(await watching.ended).toBe(0);
  expect(watching.out).toMatch(/guardrails -> router +request +[\d,]+ B +weir\.v1\.router\.complete/);
  expect(watching.out).toMatch(/guardrails -> ingress +chunk 1 +[\d,]+ B +_INBOX_ingress\./);
  const lines = watching.out.trim().split('\n');
  expect(lines.filter((line) => !line.includes(requestId))).toEqual([]);
  expect(watching.out).not.toContain(secret);
});

test('contents are shown to who asks for them, after a warning', async () => {
  const watching = await watch('--next', '--contents');
  await ask(false);
  expect(await watching.ended).toBe(0);
  expect(watching.err).toContain('Bodies are shown');
  expect(watching.out).toContain(secret);
});

test('who watches does not keep a killed router from being noticed at once', async () => {
  provider.script({ latencyMs: 60_000 });
  const watching = await watch('--next', '--json');
  const startedAtMs = performance.now();
  const asked = fetch(`${gateway.baseUrl}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${testKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-5-mini', messages: [{ role: 'user', content: 'hello' }] }),
  });
  await expect.poll(() => watching.out, { timeout: 10_000 }).toContain('accepted');
  await gateway.router.kill();
  const response = await asked;
  expect(response.status).toBeGreaterThanOrEqual(500);
  expect(performance.now() - startedAtMs).toBeLessThan(6_000);
  watching.interrupt();
  expect(await watching.ended).toBe(0);
});
