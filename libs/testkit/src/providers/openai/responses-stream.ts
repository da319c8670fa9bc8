import type { OpenAI } from 'openai';
import { countTokens, splitChunks, splitFragments, splitTokens } from '../model/tokens.ts';
import type { StreamRecord, StreamReply } from '../reply.ts';
import { SERVER_ERROR } from './errors.ts';
import type { OutputItem, WireResponse } from './responses-object.ts';

type WithoutNumber<Event> = Event extends { sequence_number: number }
  ? Omit<Event, 'sequence_number'>
  : never;
type WithWireResponse<Event> = Event extends { response: unknown }
  ? Omit<Event, 'response'> & { response: WireResponse }
  : Event;
type WireEvent = WithWireResponse<WithoutNumber<OpenAI.Responses.ResponseStreamEvent>>;

interface StreamParts {
  open: WireResponse;
  closed: WireResponse;
  output: OutputItem[];
  chunks: number | undefined;
}

/** The typed events of a streamed response, each named and numbered. */
export function streamResponse({ open, closed, output, chunks }: StreamParts): StreamReply {
  const events: WireEvent[] = [
    { type: 'response.created', response: open },
    { type: 'response.in_progress', response: open },
    ...output.flatMap((item, index) => streamItem(item, index, chunks)),
    {
      type: closed.status === 'completed' ? 'response.completed' : 'response.incomplete',
      response: closed,
    },
  ];
  const { message, param } = SERVER_ERROR;
  const errorEvent = { type: 'error', code: 'server_error', message, param, sequence_number: 2 };
  return {
    kind: 'stream',
    headers: {},
    framing: 'sse',
    records: events.map(encodeEvent),
    errorRecord: { event: 'error', data: JSON.stringify(errorEvent), tokens: 0 },
  };
}

function encodeEvent(event: WireEvent, sequenceNumber: number): StreamRecord {
  const data = JSON.stringify({ ...event, sequence_number: sequenceNumber });
  return { event: event.type, data, tokens: carriesText(event) ? countTokens(event.delta) : 0 };
}

function carriesText(event: WireEvent): event is WireEvent & { delta: string } {
  return 'delta' in event && typeof event.delta === 'string';
}

function streamItem(item: OutputItem, output_index: number, chunks: number | undefined): WireEvent[] {
  switch (item.type) {
    case 'reasoning':
      return streamReasoning(item, output_index);
    case 'message':
      return streamMessage(item, output_index, chunks);
    case 'function_call':
      return streamFunctionCall(item, output_index);
  }
}

function streamReasoning(item: OpenAI.Responses.ResponseReasoningItem, output_index: number): WireEvent[] {
  const summaries = item.summary.flatMap(({ text }, summary_index): WireEvent[] => {
    const place = { item_id: item.id, output_index, summary_index };
    const part = { type: 'summary_text' as const, text: '' };
    return [
      { type: 'response.reasoning_summary_part.added', ...place, part },
      ...splitTokens(text).map((delta): WireEvent => ({
        type: 'response.reasoning_summary_text.delta',
        ...place,
        delta,
      })),
      { type: 'response.reasoning_summary_text.done', ...place, text },
      { type: 'response.reasoning_summary_part.done', ...place, part: { ...part, text } },
    ];
  });
  return [
    { type: 'response.output_item.added', output_index, item: { ...item, summary: [] } },
    ...summaries,
    { type: 'response.output_item.done', output_index, item },
  ];
}

function streamMessage(
  item: OpenAI.Responses.ResponseOutputMessage,
  output_index: number,
  chunks: number | undefined,
): WireEvent[] {
  const place = { item_id: item.id, output_index, content_index: 0 };
  const [part] = item.content;
  if (part?.type !== 'output_text') throw new TypeError('The fake model says text.');
  const { text } = part;
  return [
    {
      type: 'response.output_item.added',
      output_index,
      item: { ...item, status: 'in_progress', content: [] },
    },
    { type: 'response.content_part.added', ...place, part: { ...part, text: '' } },
    ...splitChunks(text, chunks).map((delta): WireEvent => ({
      type: 'response.output_text.delta',
      ...place,
      delta,
      logprobs: [],
    })),
    { type: 'response.output_text.done', ...place, text, logprobs: [] },
    { type: 'response.content_part.done', ...place, part },
    { type: 'response.output_item.done', output_index, item },
  ];
}

function streamFunctionCall(
  item: OpenAI.Responses.ResponseFunctionToolCall,
  output_index: number,
): WireEvent[] {
  const place = { item_id: item.id ?? '', output_index };
  return [
    {
      type: 'response.output_item.added',
      output_index,
      item: { ...item, status: 'in_progress', arguments: '' },
    },
    ...splitFragments(item.arguments).map((delta): WireEvent => ({
      type: 'response.function_call_arguments.delta',
      ...place,
      delta,
    })),
    {
      type: 'response.function_call_arguments.done',
      ...place,
      arguments: item.arguments,
    },
    { type: 'response.output_item.done', output_index, item },
  ];
}
