import { expect, test } from 'vitest';
import { CollectingReply } from '../../test/collecting-reply.ts';
import { ContinuationSink } from './continuation-sink.ts';
import { StreamContinuation } from './stream-continuation.ts';

const chunk = (
  delta: object,
  fields: object = {},
  head: object = { id: 'two', created: 2, model: 'second' },
) =>
  JSON.stringify({
    ...head,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, finish_reason: null, ...fields }],
  });

const firstHead = { id: 'one', created: 1, model: 'first' };

/** What goes on after 'The capital of Norway is'. */
function goOn() {
  const continuation = new StreamContinuation();
  continuation.note(chunk({ content: 'The capital of Norway is' }, {}, firstHead));
  const reply = new CollectingReply();
  return { continuation, reply, sink: new ContinuationSink({ continuation, reply, isPrefilled: false }) };
}

const parsed = (reply: CollectingReply) => reply.chunks.map((text) => JSON.parse(text) as object);

test('chunks of the continuation look like those before, without a second role and without thoughts', () => {
  const { reply, sink } = goOn();
  sink.commit();
  void sink.write(chunk({ role: 'assistant', content: '' }));
  void sink.write(chunk({ reasoning_content: 'Hm', reasoning_details: [{ text: 'Hm' }] }));
  void sink.write(chunk({ role: 'assistant', content: ' Oslo.' }));
  void sink.write(chunk({}, { finish_reason: 'stop' }));
  void sink.end();
  expect(parsed(reply)).toEqual([
    JSON.parse(chunk({ content: ' Oslo.' }, {}, firstHead)),
    JSON.parse(chunk({}, { finish_reason: 'stop' }, firstHead)),
  ]);
});

test('what was held back comes before the end, in the same chunk or in one of its own', () => {
  const { reply, sink } = goOn();
  void sink.write(chunk({ content: ' is' }));
  expect(reply.chunks).toEqual([]);
  void sink.write(chunk({}, { finish_reason: 'stop' }));
  expect(parsed(reply)).toEqual([
    JSON.parse(chunk({ content: ' is' }, { finish_reason: 'stop' }, firstHead)),
  ]);

  const other = goOn();
  void other.sink.write(chunk({ content: ' is' }));
  expect(other.sink.isCommitted).toBe(false);
  void other.sink.end();
  expect(other.sink.isCommitted).toBe(true);
  expect(parsed(other.reply)).toEqual([JSON.parse(chunk({ content: ' is' }, {}, firstHead))]);
});

test('an attempt that broke off before anything of it was new leaves nothing behind', () => {
  const { reply, sink } = goOn();
  sink.commit();
  void sink.write(chunk({ content: 'The capital of' }));
  sink.commit();
  void sink.write(chunk({ content: 'The capital of Norway is Oslo.' }));
  expect(parsed(reply)).toEqual([JSON.parse(chunk({ content: ' Oslo.' }, {}, firstHead))]);
});

test('nobody can continue what has words of another answer in it', () => {
  const { continuation, reply, sink } = goOn();
  void sink.write(chunk({ content: ' Of course: ' }));
  expect(continuation.isPossible).toBe(true);
  expect(() => sink.write(chunk({ content: 'The capital of Norway is Oslo.' }))).toThrow();
  expect(continuation.isPossible).toBe(false);
  expect(reply.chunks).toHaveLength(1);
});

test('the chunk of the usage is passed on', () => {
  const { reply, sink } = goOn();
  const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };
  void sink.write(JSON.stringify({ ...JSON.parse(chunk({})), choices: [], usage }));
  expect(parsed(reply)).toMatchObject([{ ...firstHead, choices: [], usage }]);
});
