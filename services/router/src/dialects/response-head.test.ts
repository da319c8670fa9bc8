import { expect, test } from 'vitest';
import { context } from '../../test/recorded/recorded.ts';
import { responseHead } from './response-writer.ts';

test('what each chunk repeats is short, however long a name the provider gives', () => {
  const long = 'm'.repeat(1_000_000);
  const head = responseHead(context, { id: long, model: long });
  expect([head.id, head.model]).toEqual([long.slice(0, 256), long.slice(0, 256)]);
});

test('an answer without names has our id and the model asked for', () => {
  expect(responseHead(context)).toEqual({
    id: 'chatcmpl-req_1',
    created: context.createdAtS,
    model: 'asked-for',
  });
});
