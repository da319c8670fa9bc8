import { chatCompletionSchema } from '@weir/contracts/chat/completion';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { collectChunks } from '../../../test/recorded/collect-chunks.ts';
import { context, readRecorded, readRecordedEvents } from '../../../test/recorded/anthropic/recorded.ts';
import type { WireEvent } from '../../domain/dialect.ts';
import { anthropicDialect } from './dialect.ts';

/** What a caller makes of a whole answer, in the terms of a joined stream. */
function readWhole(answer: string) {
  const { body, usage } = anthropicDialect.parseCompletion(answer, context);
  const { choices, usage: told } = chatCompletionSchema.parse(JSON.parse(body));
  const [choice] = choices;
  const toolCalls = (choice?.message.tool_calls ?? []).map((call) =>
    call.type === 'function'
      ? { id: call.id, name: call.function.name, arguments: call.function.arguments }
      : call,
  );
  return {
    content: choice?.message.content ?? '',
    refusal: choice?.message.refusal ?? '',
    reasoning: choice?.message.reasoning_content ?? '',
    toolCalls,
    finishReasons: [choice?.finish_reason],
    usage: told,
    record: usage,
  };
}

function readStream(events: readonly WireEvent[]) {
  const stream = anthropicDialect.createStreamParser(context);
  const joined = collectChunks(events.flatMap((event) => stream.push(event)));
  expect(stream.complete).toBe(true);
  return { ...joined, record: stream.usage() };
}

test.each(['text', 'tools', 'thinking', 'web-search', 'refusal'])(
  'the recorded answer "%s" reads the same whole and streamed',
  (name) => {
    const whole = readWhole(readRecorded(`${name}.message.json`));
    expect(readStream(readRecordedEvents(`${name}.stream.sse`))).toEqual(whole);
  },
);

const blocks = fc.oneof(
  fc.record({ type: fc.constant('text'), text: fc.string() }),
  fc.record({ type: fc.constant('thinking'), thinking: fc.string(), signature: fc.constant('s') }),
  fc.record({
    type: fc.constant('tool_use'),
    id: fc.stringMatching(/^toolu_\w+$/),
    name: fc.stringMatching(/^\w+$/),
    input: fc.dictionary(fc.string(), fc.jsonValue()),
  }),
  fc.record({ type: fc.constant('server_tool_use'), id: fc.string(), input: fc.constant({ query: 'q' }) }),
);

const usages = fc.record({
  input_tokens: fc.nat(),
  output_tokens: fc.nat(),
  cache_read_input_tokens: fc.nat(),
  cache_creation: fc.record({ ephemeral_5m_input_tokens: fc.nat(), ephemeral_1h_input_tokens: fc.nat() }),
});

type Block = typeof blocks extends fc.Arbitrary<infer Value> ? Value : never;

/** The pieces of a text, cut at the sizes given, over and over. */
function cut(text: string, sizes: readonly number[]): string[] {
  const pieces: string[] = [];
  for (let at = 0, turn = 0; at < text.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    pieces.push(text.slice(at, at + size));
    at += size;
  }
  return pieces;
}

function streamBlock(block: Block, index: number, sizes: readonly number[]): unknown[] {
  const begin = (opened: unknown) => ({ type: 'content_block_start', index, content_block: opened });
  const deltas = (type: string, field: string, text: string) =>
    cut(text, sizes).map((piece) => ({
      type: 'content_block_delta',
      index,
      delta: { type, [field]: piece },
    }));
  const events =
    'text' in block
      ? [begin({ ...block, text: '' }), ...deltas('text_delta', 'text', block.text)]
      : 'thinking' in block
        ? [begin({ ...block, thinking: '' }), ...deltas('thinking_delta', 'thinking', block.thinking)]
        : [
            begin({ ...block, input: {} }),
            ...deltas('input_json_delta', 'partial_json', JSON.stringify(block.input)),
          ];
  return [...events, { type: 'content_block_stop', index }];
}

test('any answer reads the same whole and streamed, wherever its deltas are cut', () => {
  const answers = fc.record({
    content: fc.array(blocks, { minLength: 1, maxLength: 6 }),
    usage: usages,
    stopReason: fc.constantFrom('end_turn', 'max_tokens', 'tool_use', 'refusal'),
    sizes: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
  });
  fc.assert(
    fc.property(answers, ({ content, usage, stopReason, sizes }) => {
      const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude' };
      const begun = { ...usage, output_tokens: 1 };
      const events = [
        { type: 'message_start', message: { ...message, content: [], usage: begun } },
        ...content.flatMap((block, index) => streamBlock(block, index, sizes)),
        {
          type: 'message_delta',
          delta: { stop_reason: stopReason },
          usage: { input_tokens: null, output_tokens: usage.output_tokens },
        },
        { type: 'message_stop' },
      ];
      const whole = readWhole(JSON.stringify({ ...message, content, usage, stop_reason: stopReason }));
      expect(readStream(events.map((event) => ({ data: JSON.stringify(event) })))).toEqual(whole);
    }),
  );
});
