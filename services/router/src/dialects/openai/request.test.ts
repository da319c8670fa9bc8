import type { ChatRequest } from '@weir/contracts/chat/request';
import { expect, test } from 'vitest';
import type { WireTarget } from '../../domain/dialect.ts';
import { toRequest } from './request.ts';

const target: WireTarget = {
  model: 'gpt-4o',
  output: { defaultTokens: 4_096, maxTokens: 16_384, isCapRequired: false },
  outputCapParam: 'max_completion_tokens',
  unsupportedParams: [],
};
const chat: ChatRequest = { model: 'openai/gpt-4o', messages: [{ role: 'user', content: 'Hi' }] };

function send(overrides: Partial<ChatRequest>, targetOverrides: Partial<WireTarget> = {}) {
  const { body, ...rest } = toRequest({ ...chat, ...overrides }, { ...target, ...targetOverrides });
  return { ...rest, body: JSON.parse(body) as Record<string, unknown> };
}

test('a request goes on whole, under the model name of the provider', () => {
  const rich = {
    temperature: 0.2,
    n: 2,
    logprobs: true,
    top_logprobs: 3,
    modalities: ['text', 'audio'],
    audio: { voice: 'alloy', format: 'wav' },
    tools: [
      { type: 'function' as const, function: { name: 'f', parameters: { type: 'object' }, strict: true } },
    ],
    some_novelty: { of: 'today' },
  };
  const { path, body, warnings } = send(rich);
  expect(path).toBe('chat/completions');
  expect(body).toEqual({ ...chat, ...rich, model: 'gpt-4o' });
  expect(warnings).toEqual([]);
});

test.each<[string, Partial<ChatRequest>, boolean, number[]]>([
  ['none where the caller sets none', {}, false, []],
  ['one of ours where a budget has to bound the attempt', {}, true, [4_096]],
  ['what the caller asks for', { max_tokens: 100 }, false, [100]],
  ['the newer name before the older', { max_tokens: 100, max_completion_tokens: 50 }, true, [50]],
  ['never more than the model gives', { max_tokens: 100_000 }, false, [16_384]],
])('the output has one cap at most, by one name: %s', (_, asked, isCapRequired, expected) => {
  for (const outputCapParam of ['max_tokens', 'max_completion_tokens'] as const) {
    const { body, outputCapTokens } = send(asked, {
      outputCapParam,
      output: { ...target.output, isCapRequired },
    });
    const caps = Object.entries(body).filter(([name]) => name.startsWith('max_'));
    expect(caps).toEqual(expected.map((cap) => [outputCapParam, cap]));
    expect(outputCapTokens).toBe(expected[0]);
  }
});

test("a host of which nothing is known gets the caller's name of the cap, and the older where a budget rests on it", () => {
  const sent = (asked: Partial<ChatRequest>, isCapRequired = false) =>
    send(asked, { outputCapParam: undefined, output: { ...target.output, isCapRequired } }).body;
  expect(sent({ max_completion_tokens: 7 })).toMatchObject({ max_completion_tokens: 7 });
  expect(sent({ max_tokens: 7 })).toMatchObject({ max_tokens: 7 });
  expect(sent({ max_completion_tokens: 7 }, true)).toMatchObject({ max_tokens: 7 });
});

test('a cap that is lowered is told', () => {
  expect(send({ max_tokens: 100_000 }).warnings).toEqual([
    'max_tokens was lowered to 16384, the most that the model gives',
  ]);
});

test('usage is asked for on every stream, whatever the caller says, and on no other request', () => {
  const asked = { include_usage: true };
  expect(send({ stream: true }).body['stream_options']).toEqual(asked);
  expect(send({ stream: true, stream_options: { include_usage: false } }).body['stream_options']).toEqual(
    asked,
  );
  expect(
    send({ stream: true, stream_options: { include_obfuscation: false } }).body['stream_options'],
  ).toEqual({ ...asked, include_obfuscation: false });
  expect(send({}).body).not.toHaveProperty('stream_options');
  expect(send({ stream_options: asked }).body).not.toHaveProperty('stream_options');
});

test('what a host is known to reject is left out, and told where the caller had set it', () => {
  const { body, warnings } = send(
    { stream: true, seed: 7, user: null },
    { unsupportedParams: ['stream_options', 'seed', 'user', 'logit_bias'] },
  );
  for (const name of ['stream_options', 'seed', 'user']) expect(body).not.toHaveProperty(name);
  expect(warnings).toEqual(['seed is not supported']);
});

test('a field of messages that a host is known to reject is left out of all of them', () => {
  const messages: ChatRequest['messages'] = [
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: 'Ho', reasoning_content: 'Hm' },
  ];
  const { body } = send({ messages }, { unsupportedParams: ['messages[].reasoning_content'] });
  expect(body['messages']).toEqual([
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: 'Ho' },
  ]);
});

test('the cap that is reported is the one that the host is sent: a budget rests on it', () => {
  const capped = { outputCapParam: 'max_tokens' as const };
  const none = send({ max_tokens: 10 }, { ...capped, unsupportedParams: ['max_tokens'] });
  expect(none).toMatchObject({ outputCapTokens: undefined, warnings: ['max_tokens is not supported'] });
  const mapping = { params: { max_tokens: 'max_new_tokens' } };
  const renamed = send({ max_tokens: 10, max_new_tokens: 50_000 }, { ...capped, mapping });
  expect(renamed).toMatchObject({ outputCapTokens: 10, body: { max_new_tokens: 10 } });
});
