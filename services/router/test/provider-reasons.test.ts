import { createLogger } from '@weir/service-kit/logger';
import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { toCredential } from '../src/providers/credential.ts';
import { createCompleterOf } from './completer.ts';
import { hostProvider, startHost } from './host.ts';

interface Refusal {
  readonly status: number;
  readonly body: string;
  readonly type?: string;
}

const written = vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
afterEach(() => {
  written.mockClear();
});
const logged = () => written.mock.calls.map(([line]) => String(line)).join('');

/** What a caller and the log are told where a host refuses so, that is asked with these keys. */
async function askRefused(refusal: Refusal, keys: readonly string[] = [], stream = false) {
  const host = await startHost((_, response) => {
    const { status, body, type = 'application/json' } = refusal;
    response.writeHead(status, { 'content-type': type }).end(body);
  });
  const provider = { ...hostProvider(host.url), credentials: keys.map((key) => toCredential(key)) };
  const logger = createLogger({ service: 'router', instance: 'test', level: 'info' });
  const config = { name: 'first', provider: 'host', override_params: { model: 'm-1' } };
  const { ask } = createCompleterOf([provider], { config, logger });
  const fault = await ask({ model: 'any', stream }).done;
  return { fault, host: new URL(host.url).host };
}

test.each([
  [
    400,
    { object: 'error', message: 'tool_choice auto requires a parser', code: 400 },
    'upstream_invalid_request',
  ],
  [404, { detail: 'nothing is here' }, 'model_not_found'],
  [410, { detail: 'end of life' }, 'model_not_found'],
  [503, { error: { message: 'we are full' } }, 'upstream_overloaded'],
  [409, { error: 'a conflict' }, 'upstream_error'],
])(
  'why a provider refused with %i is one log line, and the caller knows whose refusal it is',
  async (status, body, code) => {
    const { fault, host } = await askRefused({ status, body: JSON.stringify(body) });
    const [, said = ''] = /"(?:message|detail|error)":"([^"]+)"/.exec(JSON.stringify(body)) ?? [];
    expect(fault).toMatchObject({ code, details: { provider: 'host' } });
    expect(fault?.message.includes(`The provider says: "${said}"`)).toBe([400, 404, 410].includes(status));
    const lines = logged().trim().split('\n');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      ...{ code, status, target: 'first', provider: 'host', host, model: 'm-1', requestId: 'req_1' },
      cause: expect.stringContaining(`: "${said}"`) as unknown,
    });
  },
);

test('why a credential was rejected is in no message and in no log line', async () => {
  const body = JSON.stringify({ error: { message: 'Account acme-prod is closed' } });
  const { fault } = await askRefused({ status: 401, body }, ['sk-1']);
  expect(fault).toMatchObject({ code: 'upstream_credentials_rejected' });
  expect(logged()).toContain('"status":401');
  expect(logged() + JSON.stringify(fault?.toData())).not.toContain('acme-prod');
});

const [used, other] = ['operator.key/of:no-form 0a1b'.replaceAll(' ', '-'), 'another~key~of~no~form~2c3d'];

const base64Of = (key: string) => Buffer.from(`Bearer ${key}`).toString('base64');
const hexOf = (key: string) => Buffer.from(key.slice(0, 24)).toString('hex');
const backwards = (key: string) => Array.from(key).reverse().join('');

/** Every way in which a host could repeat what it was sent, or knows of the operator. */
const echoes: readonly ((key: string) => Refusal & { stream?: boolean })[] = [
  (key) => ({
    status: 400,
    body: JSON.stringify({ error: { message: `You sent ${key}, and that is wrong` } }),
  }),
  (key) => ({ status: 404, body: JSON.stringify({ detail: [{ loc: ['body', key], msg: 'no' }] }) }),
  (key) => ({
    status: 422,
    body: JSON.stringify({ error: { message: 'no', param: key.replace(/\W/g, '_') } }),
  }),
  (key) => ({
    status: 500,
    body: JSON.stringify({ error: { message: key, code: key.replace(/\W/g, '_') } }),
  }),
  (key) => ({
    status: 200,
    body: JSON.stringify({ error: { message: key, type: 'invalid_request_error' } }),
  }),
  (key) => ({
    status: 400,
    body: JSON.stringify({ error: { message: `no ${base64Of(key)}`, code: `c${hexOf(key)}` } }),
  }),
  (key) => ({
    ...{ status: 200, type: 'text/event-stream', stream: true },
    body: `data: ${JSON.stringify({ error: { message: `no ${backwards(key)}`, code: 400 } })}\n\n`,
  }),
  (key) => ({ status: 200, body: '{}', type: `text/${key}`, stream: true }),
  (key) => ({ status: 200, body: '{}', type: `Bearer ${key}\u009b31m`, stream: true }),
  (key) => ({
    ...{ status: 200, type: 'text/event-stream', stream: true },
    body: `data: ${JSON.stringify({ error: { message: `no ${key}`, code: 400 } })}\n\n`,
  }),
];

test.each(echoes.map((echo, index) => [index, echo] as const))(
  'no key of the provider is repeated to callers or in the log, whatever it answers (%i)',
  async (_, echo) => {
    for (const key of [used, other]) {
      const { stream = false, ...refusal } = echo(key);
      const { fault } = await askRefused(refusal, [used, other], stream);
      const told = (logged() + JSON.stringify(fault?.toData())).toLowerCase();
      expect(told).toContain('"code":');
      const spelt = [base64Of(key).slice(16), hexOf(key), backwards(key)];
      for (const part of [key, key.replace(/\W/g, '_'), key.slice(0, 16), key.slice(-16), ...spelt]) {
        expect(told).not.toContain(part.toLowerCase());
      }
    }
  },
);

test('whatever a host writes, a log line is short and has no character that could change it', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 3_000 }),
    fc.constant('x\u009b31m\u202e'.repeat(5_000)),
  );
  await fc.assert(
    fc.asyncProperty(text, fc.constantFrom(400, 404, 429, 500), async (message, status) => {
      written.mockClear();
      await askRefused({ status, body: JSON.stringify({ error: { message } }) });
      const line = logged();
      expect(line.length).toBeLessThan(4_500);
      expect(line.trimEnd()).not.toMatch(/[\p{Cc}\u200b-\u200f\u202a-\u202e\u2066-\u2069]/u);
    }),
    { numRuns: 12 },
  );
});

test('a key of any length in the name of a field at fault is shown to nobody', async () => {
  for (const key of ['k1', 'test_key', 'canary-1', '____', 'a1b2c3d4e5f']) {
    for (const param of [key.replace(/\W/g, '_'), `x${key.replace(/\W/g, '_')}y`]) {
      const body = JSON.stringify({ error: { message: 'no', param } });
      const { fault } = await askRefused({ status: 400, body }, [key]);
      expect(fault).toMatchObject({ code: 'upstream_invalid_request' });
      expect(fault?.details.param).toBeUndefined();
      expect(logged() + JSON.stringify(fault?.toData())).not.toContain(param);
    }
  }
});

test("a content type that is no stream's is told in the log where it is a usual one, and else as another", async () => {
  const typed = async (type: string) => {
    written.mockClear();
    await askRefused({ status: 200, body: 'hello', type }, ['sk-1'], true);
    return (JSON.parse(logged()) as { cause: string }).cause;
  };
  expect(await typed('text/html; charset=utf-8')).toBe('No stream, of the content type text/html');
  for (const type of ['text/sk-1', 'Bearer sk-1\u009b31m', 'x'.repeat(8_000)]) {
    expect(await typed(type)).toBe('No stream, of another content type');
  }
});

test.each([false, true])(
  "a good answer's texts, names and usage hold no key of the provider (streamed: %s)",
  async (stream) => {
    const [key, secondKey] = [used.padEnd(24, '0'), other];
    const said = { role: 'assistant', content: `it is ${key}, or ${secondKey}` };
    const host = await startHost((_, response) => {
      const head = { id: `x${key}`, created: 1, model: `m-${key}` };
      const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
      const chunk = {
        ...head,
        object: 'chat.completion.chunk',
        choices: [{ index: 0, delta: said, finish_reason: 'stop' }],
      };
      const whole = {
        ...head,
        object: 'chat.completion',
        choices: [{ index: 0, message: said, finish_reason: 'stop' }],
        usage,
      };
      response.setHeader('content-type', stream ? 'text/event-stream' : 'application/json');
      response.end(
        stream ? `data: ${JSON.stringify({ ...chunk, usage })}\n\ndata: [DONE]\n\n` : JSON.stringify(whole),
      );
    });
    const provider = {
      ...hostProvider(host.url),
      credentials: [key, secondKey].map((each) => toCredential(each)),
    };
    const { ask, attempts } = createCompleterOf([provider]);
    const { done, reply } = ask({ model: 'host/m', stream });
    expect(await done).toBeUndefined();
    const told = JSON.stringify([reply, attempts]);
    expect(told).toContain('it is [redacted], or [redacted]');
    expect(told).not.toContain(key);
    expect(told).not.toContain(secondKey);
  },
);

const spellings: readonly ((key: string) => string)[] = [
  (key) => key,
  (key) => base64Of(key),
  hexOf,
  (key) => Array.from(Buffer.from(key), (byte) => `%${byte.toString(16)}`).join(''),
];

test.each([false, true])(
  'the names of a good answer repeat no key, however it is spelt (streamed: %s)',
  async (stream) => {
    for (const spell of spellings) {
      const said = { role: 'assistant', content: 'hello' };
      const host = await startHost((_, response) => {
        const name = spell(used);
        const head = { id: name, created: 1, model: name, system_fingerprint: name, service_tier: name };
        const choice = { index: 0, finish_reason: 'stop', [stream ? 'delta' : 'message']: said };
        const object = stream ? 'chat.completion.chunk' : 'chat.completion';
        const text = JSON.stringify({ ...head, object, choices: [choice] });
        response.setHeader('content-type', stream ? 'text/event-stream' : 'application/json');
        response.end(stream ? `data: ${text}\n\ndata: [DONE]\n\n` : text);
      });
      const provider = { ...hostProvider(host.url), credentials: [toCredential(used)] };
      const { ask, attempts } = createCompleterOf([provider]);
      const { done, reply } = ask({ model: 'host/m', stream, stream_options: { include_usage: true } });
      expect(await done).toBeUndefined();
      const told = JSON.stringify([reply, attempts]);
      expect(told).toContain('hello');
      expect(told).not.toContain(spell(used));
    }
  },
);
