import type { ChatRequest } from '@weir/contracts/chat/request';
import { estimateTokens } from '@weir/pricing/estimate-tokens';
import { expect, test } from 'vitest';
import { StreamedOutput } from '../dialects/streamed-output.ts';
import { missingUsage } from '../dialects/usage.ts';
import { estimateUsage, type SeenAttempt } from './estimate-usage.ts';

const chat: ChatRequest = { model: 'm', messages: [{ role: 'user', content: 'A question. '.repeat(100) }] };
const seen = (fields: Partial<SeenAttempt> = {}): SeenAttempt => ({
  chat,
  body: JSON.stringify(fields.chat ?? chat),
  latencyMs: 3_000,
  maxOutputTokens: 10_000,
  stream: undefined,
  completion: undefined,
  ...fields,
});
const missing = missingUsage('m');

function streamOf(text: string): StreamedOutput {
  const output = new StreamedOutput();
  for (const content of text.match(/.{1,7}/gs) ?? []) output.add({ content });
  return output;
}

test('the input is estimated from the texts, and an attachment is flat', () => {
  const { uncachedInputTokens, source } = estimateUsage(missing, seen());
  expect(source).toBe('estimated');
  expect(uncachedInputTokens).toBeGreaterThan(200);
  expect(uncachedInputTokens).toBeLessThan(600);
  const url = `data:image/png;base64,${'A'.repeat(1_000_000)}`;
  const image = { type: 'image_url', image_url: { url } } as const;
  const withImage = { ...chat, messages: [{ role: 'user' as const, content: [image] }] };
  expect(estimateUsage(missing, seen({ chat: withImage })).uncachedInputTokens).toBeLessThan(1_100);
});

test('a tool whose parameters are named as attachments are is counted', () => {
  const description = 'lorem ipsum '.repeat(1_000);
  const parameters = { type: 'object', properties: { file: { type: 'image_url', description } } };
  const withTool = { ...chat, tools: [{ type: 'function' as const, function: { name: 'f', parameters } }] };
  expect(estimateUsage(missing, seen({ chat: withTool })).uncachedInputTokens).toBeGreaterThan(1_900);
});

test('a long input is estimated by samples: as well, and in no time', () => {
  const text = 'A question of nobody, asked again and again. '.repeat(100_000);
  const long = { ...chat, messages: [{ role: 'user' as const, content: text }] };
  const { uncachedInputTokens } = estimateUsage(missing, seen({ chat: long }));
  expect(Math.abs(uncachedInputTokens / estimateTokens(text) - 1)).toBeLessThan(0.1);

  const body = JSON.stringify(Array.from({ length: 2_000_000 }, () => 1));
  const ask = seen({ body });
  const fromMs = performance.now();
  expect(estimateUsage(missing, ask).uncachedInputTokens).toBeGreaterThan(2_000_000);
  expect(performance.now() - fromMs).toBeLessThan(100);
});

test('what the provider has told by then is kept, and its output never lowered', () => {
  const told = { ...missing, uncachedInputTokens: 7, cacheReadTokens: 100, outputTokens: 900 };
  const stream = { output: streamOf('Yes'), isOutputVisible: true };
  expect(estimateUsage(told, seen({ stream }))).toEqual({ ...told, source: 'estimated' });
});

test('of a stream the output is what has come; where the model may think unseen, no less than it may have thought', () => {
  const output = streamOf('Một câu trả lời dài. '.repeat(100));
  const visible = estimateUsage(missing, seen({ stream: { output, isOutputVisible: true } })).outputTokens;
  expect(visible).toBeGreaterThan(300);
  expect(visible).toBeLessThanOrEqual(output.bytes);
  const silent = { output: new StreamedOutput(), isOutputVisible: false };
  expect(estimateUsage(missing, seen({ stream: silent })).outputTokens).toBe(600);
});

test('of a whole answer without usage it is counted, tool calls included', () => {
  const call = { id: 'c', type: 'function', function: { name: 'look', arguments: '{"at":"the sea"}' } };
  const completion = JSON.stringify({
    id: 'c',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [
      { index: 0, message: { role: 'assistant', content: 'Yes', tool_calls: [call] }, finish_reason: 'stop' },
    ],
  });
  const { outputTokens } = estimateUsage(missing, seen({ completion }));
  expect(outputTokens).toBeGreaterThan(5);
  expect(outputTokens).toBeLessThan(60);
});

test('of one that did not come it is 200 tokens a second, a second at least, and never more than the cap', () => {
  const outputOf = (fields: Partial<SeenAttempt>) => estimateUsage(missing, seen(fields)).outputTokens;
  expect(outputOf({ latencyMs: 10 })).toBe(200);
  expect(outputOf({ latencyMs: 2_500 })).toBe(500);
  expect(outputOf({ latencyMs: 600_000 })).toBe(10_000);
});
