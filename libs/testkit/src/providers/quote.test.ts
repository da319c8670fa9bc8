import { expect, test } from 'vitest';
import { withQuote } from './quote.ts';
import { jsonReply } from './reply.ts';

test.each([
  ['OpenAI', { error: { message: 'No.', code: 'x' } }, { error: { message: 'No. sk-1', code: 'x' } }],
  ['Ollama', { error: 'No.' }, { error: 'No. sk-1' }],
  ['an answer', { message: { content: 'Yes.' } }, { message: { content: 'Yes.' } }],
])('an error of %s quotes, and nothing else does', (_name, body, quoting) => {
  expect(withQuote(jsonReply(body), 'sk-1')).toMatchObject({ body: quoting });
});
