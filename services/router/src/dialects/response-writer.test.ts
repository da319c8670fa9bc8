import { chatChunkSchema } from '@weir/contracts/chat/chunk';
import { expect, test } from 'vitest';
import { ChunkWriter } from './response-writer.ts';

test('every chunk keeps the contract, whatever its strings hold', () => {
  const head = { id: 'a"b', created: 1, model: 'm\\n' };
  const writer = new ChunkWriter(head);
  const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };
  const chunks = [writer.delta({ content: '"}]\n\u2028👋' }), writer.finish('stop'), writer.usage(usage)];
  const common = { ...head, object: 'chat.completion.chunk' };
  expect(chunks.map((text) => chatChunkSchema.parse(JSON.parse(text)))).toEqual([
    { ...common, choices: [{ index: 0, delta: { content: '"}]\n\u2028👋' }, finish_reason: null }] },
    { ...common, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
    { ...common, choices: [], usage },
  ]);
});
