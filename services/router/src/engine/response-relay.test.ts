import { eventJsonLimits, maxStreamBytes, maxStreamEvents } from '@weir/contracts/limits';
import { expect, test, vi } from 'vitest';
import { CollectingReply } from '../../test/collecting-reply.ts';
import { context } from '../../test/recorded/recorded.ts';
import { createDecoder } from '../adapters/framing.ts';
import { ollamaDialect } from '../dialects/ollama/dialect.ts';
import { openaiDialect } from '../dialects/openai/dialect.ts';
import { missingUsage } from '../dialects/usage.ts';
import type { Dialect, WireEvent } from '../domain/dialect.ts';
import { ResponseRelay } from './response-relay.ts';

const record = (content: string, fields: object = { done: false }) =>
  `${JSON.stringify({ model: 'm', message: { content }, ...fields })}\n`;

/** Relays pieces, and notes what had been sent after each of them. */
async function relay(pieces: readonly string[], dialect: Dialect = ollamaDialect) {
  const reply = new CollectingReply();
  const sentAfter: number[] = [];
  const head = { provider: 'p', model: 'm', warnings: [] };
  let contents = 0;
  const stream = new ResponseRelay({
    stream: dialect.createStreamParser(context),
    received: { bytes: 0, values: 0 },
    signal: new AbortController().signal,
    sink: {
      isCommitted: false,
      commit: () => {
        reply.head(head);
      },
      write: (chunk) => reply.chunk(chunk),
    },
    onContent: () => contents++,
    onEmpty: () => undefined,
  });
  const answer = {
    async read(take: (piece: Buffer) => boolean | Promise<boolean>) {
      for (const piece of pieces) {
        const wanted = await take(Buffer.from(piece));
        sentAfter.push(reply.chunks.length);
        if (!wanted) return;
      }
    },
  };
  const fault: unknown = await stream.run(answer, createDecoder[dialect.framing]()).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { reply, sentAfter, contents, fault };
}

test('nothing is sent before there is content, and then all of it, under one head', async () => {
  const { reply, sentAfter, contents } = await relay([
    record(''),
    record('Hi'),
    record('!', { done: true, done_reason: 'stop' }),
  ]);
  expect(sentAfter).toEqual([0, 2, 4]);
  expect(reply.heads).toHaveLength(1);
  expect(contents).toBe(1);
});

test('nothing is read after the provider has said that the answer is complete', async () => {
  const { sentAfter, fault } = await relay([
    record('Hi', { done: true, done_reason: 'stop' }) + record('more'),
    record('and more'),
  ]);
  expect(fault).toBeUndefined();
  expect(sentAfter).toEqual([3]);
});

test('a provider that sends without end and says nothing is given up', async () => {
  const head = { id: 'x', object: 'chat.completion.chunk', created: 1, model: 'm', pad: 'x'.repeat(60_000) };
  const choices = [{ index: 0, delta: { content: '' }, finish_reason: null }];
  const silence = Array<string>(200).fill(`data: ${JSON.stringify({ ...head, choices })}\n\n`);
  const { fault, reply, sentAfter } = await relay(silence, openaiDialect);
  expect(fault).toMatchObject({ code: 'upstream_invalid_response' });
  expect(sentAfter.length).toBeLessThan(130);
  expect(reply.heads).toEqual([]);
});

test('usage is told at the end of a stream whose host never says that it is complete', async () => {
  const head = { id: 'x', object: 'chat.completion.chunk', created: 1, model: 'm' };
  const choices = [{ index: 0, delta: { content: 'Hi' }, finish_reason: 'stop' }];
  const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
  const chunks = [
    { ...head, choices },
    { ...head, choices: [], usage },
  ];
  const { reply, fault } = await relay(
    chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`),
    openaiDialect,
  );
  expect(fault).toBeUndefined();
  expect(reply.chunks.map((chunk) => JSON.parse(chunk) as unknown)).toEqual(chunks);
});

test('an answer without a single event is invalid; one that ends too early is cut', async () => {
  expect((await relay([])).fault).toMatchObject({ code: 'upstream_invalid_response' });
  expect((await relay(['\n\n'])).fault).toMatchObject({ code: 'upstream_invalid_response' });
  const cut = await relay([record('Hi')]);
  expect(cut.fault).toMatchObject({ code: 'upstream_stream_cut' });
  expect(cut.reply.chunks).toHaveLength(2);
});

test('what was mended by the first content is told in the head; what comes later is told as late', async () => {
  const warnings = ['a'];
  let hasContent = false;
  const told: (readonly string[])[] = [];
  const stream = new ResponseRelay({
    stream: {
      push: ({ data }) => {
        hasContent = true;
        if (data === '2') warnings.push('b');
        return [data];
      },
      get complete() {
        return warnings.length > 1;
      },
      get hasContent() {
        return hasContent;
      },
      warnings,
      output: { bytes: 0, tokens: 0 },
      usage: () => missingUsage('m'),
    },
    received: { bytes: 0, values: 0 },
    signal: new AbortController().signal,
    sink: { isCommitted: false, commit: (given) => told.push(given), write: () => undefined },
    onContent: () => undefined,
    onEmpty: () => undefined,
  });
  await stream.run(
    {
      read: async (take) => {
        await take(Buffer.from('1\n2\n'));
      },
    },
    createDecoder.ndjson(),
  );
  expect(told).toEqual([['a']]);
  expect(stream.lateWarnings).toEqual(['b']);
});

test('tiny events without number in one piece are read in slices, between which others have their turn', async () => {
  let turns = 0;
  let isOver = false;
  const count = () => {
    turns++;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  const { fault, contents } = await relay([
    record('x') + '{"done":false,"message":{}}\n'.repeat(5_000),
    record('', { done: true }),
  ]);
  isOver = true;
  expect(fault).toBeUndefined();
  expect(contents).toBe(1);
  expect(turns).toBeGreaterThan(30);
});

test('an event that is over its limits is refused before it is parsed', async () => {
  const parse = vi.spyOn(JSON, 'parse');
  const { fault } = await relay([`{"message":{},"x":[${'[],'.repeat(500_000)}1]}\n`]);
  expect(fault).toMatchObject({ code: 'upstream_invalid_response' });
  expect(parse).not.toHaveBeenCalled();
  parse.mockRestore();
});

test('all that comes of one stream is bounded, whatever it is', async () => {
  const piece = Buffer.alloc(1024 * 1024, ' \n');
  let bytes = 0;
  const answer = {
    async read(take: (piece: Buffer) => boolean | Promise<boolean>) {
      for (; bytes <= 2 * maxStreamBytes; bytes += piece.length) await take(piece);
    },
  };
  const decoder = { push: () => [], end: () => [], limits: eventJsonLimits };
  const fault: unknown = await silentRelay()
    .run(answer, decoder)
    .catch((thrown: unknown) => thrown);
  expect(fault).toMatchObject({ code: 'upstream_answer_too_large' });
  expect(bytes).toBe(maxStreamBytes);
});

test('the events of one stream are bounded, empty ones too', async () => {
  const events = Array<WireEvent>(maxStreamEvents + 1).fill({ data: '' });
  const decoder = { push: () => [], end: () => events, limits: eventJsonLimits };
  const answer = { read: () => Promise.resolve() };
  const fault: unknown = await silentRelay()
    .run(answer, decoder)
    .catch((thrown: unknown) => thrown);
  expect(fault).toMatchObject({ code: 'upstream_invalid_response' });
});

function silentRelay(): ResponseRelay {
  return new ResponseRelay({
    stream: ollamaDialect.createStreamParser(context),
    received: { bytes: 0, values: 0 },
    signal: new AbortController().signal,
    sink: { isCommitted: false, commit: () => undefined, write: () => undefined },
    onContent: () => undefined,
    onEmpty: () => undefined,
  });
}
