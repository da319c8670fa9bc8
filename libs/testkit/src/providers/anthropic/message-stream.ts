import type { Anthropic } from '@anthropic-ai/sdk';
import { countTokens, splitChunks, splitFragments, splitTokens } from '../model/tokens.ts';
import type { StreamRecord, StreamReply } from '../reply.ts';
import { STREAM_ERROR } from './errors.ts';

type StreamEvent = Anthropic.RawMessageStreamEvent | { type: 'ping' };

/** The events of a streamed message: the blocks one after the other, and the counters so far at start and end. */
export function streamMessage(message: Anthropic.Message, chunks: number | undefined): StreamReply {
  const { stop_reason, stop_sequence, stop_details, container, usage } = message;
  const blocks = message.content.flatMap((block, index) => streamBlock(block, index, chunks));
  const events: StreamEvent[] = [
    {
      type: 'message_start',
      message: {
        ...message,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        stop_details: null,
        usage: { ...usage, output_tokens: 1, output_tokens_details: null },
      },
    },
    ...withPing(blocks),
    {
      type: 'message_delta',
      delta: { stop_reason, stop_sequence, stop_details, container },
      usage: {
        input_tokens: usage.input_tokens,
        cache_creation_input_tokens: usage.cache_creation_input_tokens,
        cache_read_input_tokens: usage.cache_read_input_tokens,
        output_tokens: usage.output_tokens,
        output_tokens_details: usage.output_tokens_details,
        server_tool_use: usage.server_tool_use,
      },
    },
    { type: 'message_stop' },
  ];
  const records = events.map(encodeEvent);
  return { kind: 'stream', headers: {}, framing: 'sse', records, errorRecord: STREAM_ERROR };
}

function encodeEvent(event: StreamEvent): StreamRecord {
  return { event: event.type, data: JSON.stringify(event), tokens: eventTokens(event) };
}

function eventTokens(event: StreamEvent): number {
  if (event.type !== 'content_block_delta') return 0;
  if (event.delta.type === 'text_delta') return countTokens(event.delta.text);
  return event.delta.type === 'thinking_delta' ? countTokens(event.delta.thinking) : 0;
}

/** Anthropic sends one ping after the first block has begun. */
function withPing([first, ...rest]: StreamEvent[]): StreamEvent[] {
  return first === undefined ? [{ type: 'ping' }] : [first, { type: 'ping' }, ...rest];
}

function streamBlock(
  block: Anthropic.ContentBlock,
  index: number,
  chunks: number | undefined,
): StreamEvent[] {
  const delta = (delta: Anthropic.RawContentBlockDelta): StreamEvent => ({
    type: 'content_block_delta',
    index,
    delta,
  });
  const whole = (
    content_block: Anthropic.RawContentBlockStartEvent['content_block'],
    deltas: StreamEvent[],
  ) => [
    { type: 'content_block_start' as const, index, content_block },
    ...deltas,
    { type: 'content_block_stop' as const, index },
  ];
  if (block.type === 'thinking') {
    const thoughts = splitTokens(block.thinking);
    return whole({ ...block, thinking: '', signature: '' }, [
      ...thoughts.map((thinking) => delta({ type: 'thinking_delta', thinking })),
      delta({ type: 'signature_delta', signature: block.signature }),
    ]);
  }
  if (block.type === 'text') {
    const texts = splitChunks(block.text, chunks);
    return whole(
      { ...block, text: '' },
      texts.map((text) => delta({ type: 'text_delta', text })),
    );
  }
  if (block.type === 'tool_use') {
    const fragments = ['', ...splitFragments(JSON.stringify(block.input))];
    return whole(
      { ...block, input: {} },
      fragments.map((partial_json) => delta({ type: 'input_json_delta', partial_json })),
    );
  }
  throw new TypeError(`The fake model never says a ${block.type}.`);
}
