import type { ChatRequest } from '@weir/contracts/chat/request';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { aProvider } from './a-provider.ts';
import { createCompleterOf } from './completer.ts';
import { aBudget } from './fake-cost.ts';

const longPrompt = 'word '.repeat(4_000);
const promptTokens = 5_008;
const windowTokens = 8_192;

type Body = Partial<ChatRequest> & { readonly thinking?: { readonly budget_tokens: number } };

/** Why a host refuses a body: a text in its JSON error form, or nothing. */
type Judge = (body: Body) => string | undefined;

const vllm: Judge = ({ max_tokens: cap = 0 }) => {
  const total = promptTokens + (cap ?? 0);
  if (total <= windowTokens) return undefined;
  return `This model's maximum context length is ${windowTokens} tokens. However, you requested ${total} tokens (${promptTokens} in the messages, ${cap} in the completion). Please reduce the length of the messages or completion.`;
};

const completion = {
  id: 'c',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
};
const chunk = {
  ...completion,
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
};
const message = {
  id: 'msg',
  type: 'message',
  role: 'assistant',
  model: 'm',
  content: [{ type: 'text', text: 'Hi' }],
  stop_reason: 'end_turn',
  usage: { input_tokens: 1, output_tokens: 1 },
};

async function startJudge(judge: Judge, lastChunk?: string) {
  const bodies: Body[] = [];
  const server = createServer(async (request, response) => {
    const body = (await json(request)) as Body;
    bodies.push(body);
    const refusal = judge(body);
    const type = refusal === undefined && body.stream ? 'text/event-stream' : 'application/json';
    response.writeHead(refusal === undefined ? 200 : 400, { 'content-type': type });
    if (refusal !== undefined) response.end(JSON.stringify({ object: 'error', message: refusal, code: 400 }));
    else if (body.stream) {
      const events = [JSON.stringify(chunk), ...(lastChunk ? [lastChunk] : []), '[DONE]'];
      response.end(events.map((data) => `data: ${data}\n\n`).join(''));
    } else response.end(JSON.stringify(request.url?.endsWith('/messages') ? message : completion));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { bodies, baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const ask = (fields: object = {}): Partial<ChatRequest> => ({
  model: 'm',
  messages: [{ role: 'user', content: longPrompt }],
  ...fields,
});

describe('a cap on the output that nobody asked for', () => {
  test('is not sent where nothing needs one, so that a prompt may fill more than half of the window', async () => {
    const { bodies, baseUrl } = await startJudge(vllm);
    const provider = aProvider({ baseUrl, models: [{ id: 'm', contextTokens: windowTokens }] });
    const { reply, done } = createCompleterOf([provider]).ask(ask());
    expect(await done).toBeUndefined();
    expect(Object.keys(bodies[0] ?? {})).toEqual(['model', 'messages']);
    expect(reply.heads[0]?.warnings).toEqual([]);
  });

  test('is sent where a budget has to bound the attempt: it fits the window, it is told, and the hold rests on it', async () => {
    const { bodies, baseUrl } = await startJudge(vllm);
    const provider = aProvider({ baseUrl, models: [{ id: 'm', contextTokens: windowTokens }] });
    const completer = createCompleterOf([provider], { limits: [aBudget] });
    const { reply, done } = completer.ask(ask());
    expect(await done).toBeUndefined();
    const [{ max_tokens: cap = 0 } = {}] = bodies;
    expect(cap).toBeGreaterThan(1_000);
    expect(bodies).toHaveLength(1);
    expect(reply.heads[0]?.warnings).toEqual([`max_tokens was set to ${cap}`]);
    // Two dollars for a million tokens of output.
    const [hold] = completer.cost.holds;
    expect(hold?.amountNanoUsd).toBeGreaterThanOrEqual((cap ?? 0) * 2_000);
    expect(hold?.amountNanoUsd).toBeLessThanOrEqual((cap ?? 0) * 2_000 + windowTokens * 1_000);
  });

  test('is sent under no limit of another kind, nor where the model costs nothing', async () => {
    const { bodies, baseUrl } = await startJudge(vllm);
    const provider = aProvider({ baseUrl, models: [{ id: 'm' }] });
    const alert = { ...aBudget, limits: aBudget.limits.map((limit) => ({ ...limit, hard: false })) };
    expect(await createCompleterOf([provider], { limits: [alert] }).ask(ask()).done).toBeUndefined();
    const free = { id: 'host/m@0', rates: { input: 0, output: 0 } };
    const completer = createCompleterOf([provider], { limits: [aBudget], priceOf: () => free });
    expect(await completer.ask(ask()).done).toBeUndefined();
    expect(bodies.map((body) => body.max_tokens)).toEqual([undefined, undefined]);
    expect(completer.cost.holds).toHaveLength(1);
  });

  test('is replaced by one that fits where the host refuses it, each with a hold of its own', async () => {
    const { bodies, baseUrl } = await startJudge(vllm);
    const provider = aProvider({ baseUrl, models: [{ id: 'm', maxOutputTokens: 8_000 }] });
    const completer = createCompleterOf([provider], { limits: [aBudget] });
    const { reply, done } = completer.ask(ask());
    expect(await done).toBeUndefined();
    expect(bodies.map((body) => body.max_tokens)).toEqual([8_000, windowTokens - promptTokens]);
    expect(reply.heads[0]).toMatchObject({ retries: 0, warnings: ['max_tokens was set to 3184'] });
    expect(completer.cost.holds).toHaveLength(2);
    expect(completer.attempts).toMatchObject([
      { outcome: 'context_length_exceeded', maybeBilled: false },
      { outcome: 'ok' },
    ]);
  });

  test("is the gateway's to mend and the caller's own is not", async () => {
    const { bodies, baseUrl } = await startJudge(vllm);
    const { done } = createCompleterOf([aProvider({ baseUrl, models: [{ id: 'm' }] })]).ask(
      ask({ max_tokens: 4_096 }),
    );
    expect(await done).toMatchObject({ code: 'context_length_exceeded' });
    expect(bodies).toHaveLength(1);
  });

  test("is above the thoughts' budget where Anthropic needs one", async () => {
    const { bodies, baseUrl } = await startJudge(({ max_tokens: cap, thinking }) =>
      (cap ?? 0) > (thinking?.budget_tokens ?? 0)
        ? undefined
        : '`max_tokens` must be greater than `thinking.budget_tokens`.',
    );
    const provider = aProvider({ baseUrl, dialect: 'anthropic' });
    const thinking = { type: 'enabled', budget_tokens: 20_000 };
    const { done } = createCompleterOf([provider]).ask({
      ...ask({ thinking }),
      model: 'host/claude-sonnet-4-5',
    });
    expect(await done).toBeUndefined();
    expect(bodies[0]?.max_tokens).toBeGreaterThan(20_000);
  });
});

test('what was changed of a request is told where it fails, too', async () => {
  const { baseUrl } = await startJudge(() => 'No.');
  const provider = aProvider({ baseUrl, dialect: 'anthropic', models: [{ id: 'm' }] });
  const { done } = createCompleterOf([provider]).ask(ask({ seed: 7 }));
  expect((await done)?.details.warnings).toEqual(['seed is not supported', 'max_tokens was set to 4096']);
});

test('a host that does not know the name of the cap is sent the other one', async () => {
  const { bodies, baseUrl } = await startJudge(({ max_tokens: cap }) =>
    cap === undefined
      ? undefined
      : "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
  );
  const provider = aProvider({ baseUrl, models: [{ id: 'm' }] });
  expect(await createCompleterOf([provider]).ask(ask({ max_completion_tokens: 9 })).done).toBeUndefined();
  expect(bodies[1]).toMatchObject({ max_completion_tokens: 9 });
});

describe('the usage that the gateway asks for on streams', () => {
  const strict: Judge = ({ stream_options: asked }) =>
    asked ? "Unknown parameter: 'stream_options'." : undefined;

  test('is not asked for again of a host that refuses to be asked, and the host is remembered', async () => {
    const { bodies, baseUrl } = await startJudge(strict);
    const completer = createCompleterOf([aProvider({ baseUrl, models: [{ id: 'm' }] })]);
    for (let count = 0; count < 2; count++) {
      const { reply, done } = completer.ask(ask({ stream: true }));
      expect(await done).toBeUndefined();
      expect(reply.chunks.join('')).toContain('Hi');
      expect(reply.heads[0]?.warnings).toEqual([]);
    }
    expect(bodies.map((body) => body.stream_options !== undefined)).toEqual([true, false, false]);
  });

  test("is the caller's affair where the caller has asked for it", async () => {
    const { bodies, baseUrl } = await startJudge(strict);
    const asked = ask({ stream: true, stream_options: { include_usage: true } });
    const { done } = createCompleterOf([aProvider({ baseUrl, models: [{ id: 'm' }] })]).ask(asked);
    expect(await done).toMatchObject({ code: 'upstream_invalid_request' });
    expect(bodies).toHaveLength(1);
  });

  test.each([
    [true, undefined],
    [false, { include_usage: true }],
  ])("is shown or hidden as the config has it, in the caller's place: %s", async (include, asked) => {
    const answer = JSON.stringify({ ...chunk, choices: [], usage: completion.usage });
    const { baseUrl } = await startJudge(() => undefined, answer);
    const override_params = { stream_options: { include_usage: include } };
    const completer = createCompleterOf([aProvider({ baseUrl, models: [{ id: 'm' }] })], {
      config: { provider: 'host', override_params },
    });
    const { reply, done } = completer.ask(ask({ stream: true, ...(asked && { stream_options: asked }) }));
    expect(await done).toBeUndefined();
    expect(reply.chunks.some((one) => one.includes('"total_tokens"'))).toBe(include);
  });
});
