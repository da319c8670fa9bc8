import OpenAI from 'openai';
import { dnsFailureUrl, refusedUrl } from '@weir/testkit/providers/unreachable';
import type { Fault } from '@weir/testkit/providers/fault';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { jsonHeaders } from './helpers/ask.ts';
import {
  afterChunks,
  dialects,
  expectOneStream,
  manners,
  readContinued,
  whole,
} from './helpers/continued-stream.ts';
import { models, startGatewayFixture, type GatewayFixture } from './helpers/gateway-fixture.ts';

let fixture: GatewayFixture;

beforeAll(async () => {
  fixture = await startGatewayFixture({
    WEIR_UPSTREAM_FIRST_BYTE_TIMEOUT_MS: '500',
    WEIR_UPSTREAM_IDLE_TIMEOUT_MS: '500',
  });
});
afterAll(() => fixture.close());
afterEach(() => {
  fixture.provider.reset();
});

let asked = 0;

/** A model of its own for each question: a provider that has failed is left alone by that model's next ones. */
const newModelOf = (provider: string) => `${provider}/m-${asked++}`;

const ask = (provider: string, stream: boolean) =>
  fetch(`${fixture.gateway.baseUrl}/chat/completions`, {
    method: 'POST',
    headers: jsonHeaders,
    body: JSON.stringify({
      model: newModelOf(provider),
      stream,
      messages: [{ role: 'user', content: 'one two three four five six' }],
    }),
  });

interface ErrorBody {
  error: { message: string; type: string; code: string | null; param: string | null };
}

/** What the provider does, and what the caller sees before any content has been sent. */
const failures: [name: string, fault: Fault, status: number, code: string][] = [
  ['429', { kind: 'status', status: 429, retryAfter: 7 }, 429, 'upstream_rate_limited'],
  ['500', { kind: 'status', status: 500 }, 502, 'upstream_error'],
  ['502', { kind: 'status', status: 502 }, 502, 'upstream_error'],
  ['503', { kind: 'status', status: 503 }, 503, 'upstream_overloaded'],
  ['529', { kind: 'status', status: 529 }, 503, 'upstream_overloaded'],
  ['an invalid key', { kind: 'invalid_key' }, 502, 'upstream_credentials_rejected'],
  ['a context that is too long', { kind: 'context_length' }, 400, 'context_length_exceeded'],
  ['a reset', { kind: 'reset' }, 502, 'upstream_unreachable'],
  ['a first byte that never comes', { kind: 'slow_first_byte', delayMs: 60_000 }, 504, 'upstream_timeout'],
  ['a wrong content type', { kind: 'wrong_content_type' }, 502, 'upstream_invalid_response'],
  ['no body', { kind: 'empty_answer', form: 'no_body' }, 502, 'upstream_invalid_response'],
];

describe.each(Object.keys(models))('a failure of %s', (provider) => {
  describe.each([false, true])('(stream: %s)', (stream) => {
    test.each(failures)(
      '%s has its mapped status, in the shape of OpenAI',
      async (_name, fault, status, code) => {
        fixture.provider.script({ fault });
        const response = await ask(provider, stream);
        const { error } = (await response.json()) as ErrorBody;
        expect({ status: response.status, code: error.code }).toEqual({ status, code });
        expect(error.message.length).toBeGreaterThan(10);
        expect(JSON.stringify(error)).not.toMatch(/sk-test|stack|node_modules/);
        if (status === 429) expect(response.headers.get('retry-after')).toBe('7');
      },
    );
  });

  test.each<[string, Fault]>([
    ['cut', { kind: 'cut', afterChunks: 5 }],
    ['ended without its end', { kind: 'clean_cut', afterChunks: 5 }],
    ['stalled', { kind: 'stall', afterChunks: 5 }],
    ['broken by an error event', { kind: 'error_in_200', afterChunks: 5 }],
  ])('a stream that is %s in its middle ends in an error event and has no [DONE]', async (_name, fault) => {
    fixture.provider.script({ fault });
    const response = await ask(provider, true);
    expect(response.status).toBe(200);
    const events = (await response.text()).split('\n\n').filter(Boolean);
    expect(events.length).toBeGreaterThan(1);
    const last = JSON.parse(events.at(-1)?.replace('data: ', '') ?? '') as ErrorBody;
    expect(last.error.code).toMatch(/^upstream_/);
    expect(events.join()).not.toContain('[DONE]');
  });

  test('the openai SDK throws where a stream was cut', async () => {
    fixture.provider.script({ fault: { kind: 'cut', afterChunks: 5 } });
    const stream = await fixture.openai.chat.completions.create({
      model: newModelOf(provider),
      stream: true,
      messages: [{ role: 'user', content: 'one two three four five six' }],
    });
    const read = async () => {
      for await (const chunk of stream) expect(chunk.object).toBe('chat.completion.chunk');
    };
    await expect(read()).rejects.toBeInstanceOf(OpenAI.APIError);
  });

  test('an answer that is cut in its middle is an error, not a short success', async () => {
    fixture.provider.script({ fault: { kind: 'cut', afterChunks: 1 } });
    const response = await ask(provider, false);
    expect(response.status).toBe(502);
  });
});

/** Each of them after the client has been sent a part of the answer. */
const breaks = ['cut', 'clean_cut', 'stall', 'malformed_json', 'error_in_200'] as const;

/** Each dialect with each of the others, and with itself. */
const breaksAt = breaks.flatMap((kind, index) =>
  dialects.map((from, at) => {
    const to = dialects[(at + index) % dialects.length] ?? from;
    const manner = Object.keys(manners)[(index + 2 * at) % 3] as keyof typeof manners;
    return { kind, from, to, manner };
  }),
);

test.each(['openai', 'anthropic'])(
  'an event of %s that cannot be read is passed over where all else says that the answer is whole',
  async (provider) => {
    fixture.provider.script({ answer: whole, fault: { kind: 'malformed_json', afterChunks: 5 } });
    const text = await (await ask(provider, true)).text();
    expect(text).toContain('eight.');
    expect(text).toContain('data: [DONE]');
  },
);

describe('a stream that breaks in its middle, where the config says to continue', () => {
  test.each(breaksAt)(
    'by $kind at $from, and $to $manner: the client has the whole answer, once',
    async ({ kind, from, to, manner }) => {
      const fault = { kind, afterChunks: afterChunks(from) };
      const answer = manners[manner];
      const chunks = await readContinued(fixture, { from, to, fault, answer, model: `m-${asked++}` });
      expectOneStream(fixture, chunks);
    },
  );

  test.each<[string, { answer: string; nextFault?: Fault }]>([
    ['whose continuation breaks too', { answer: whole, nextFault: { kind: 'cut', afterChunks: 7 } }],
    ['that is answered again in other words', { answer: 'one two or three, as you like' }],
  ])('%s ends in an error, and never in doubled text', async (_name, second) => {
    const fault = { kind: 'cut', afterChunks: afterChunks('openai') } as const;
    const targets = { from: 'openai', to: 'ollama' } as const;
    const read = readContinued(fixture, { ...targets, ...second, fault, model: `m-${asked++}` });
    await expect(read).rejects.toBeInstanceOf(OpenAI.APIError);
  });
});

test.each([
  ['refuses connections', refusedUrl],
  ['has no address', () => Promise.resolve(`${dnsFailureUrl()}/v1`)],
])('a provider that %s is a 502, at once', async (_name, url) => {
  const other = await startGatewayFixture({ OPENAI_BASE_URL: await url() });
  await expect(
    other.openai.chat.completions.create({
      model: models.openai,
      messages: [{ role: 'user', content: 'hi' }],
    }),
  ).rejects.toMatchObject({ status: 502, code: 'upstream_unreachable' });
  await other.close();
});
