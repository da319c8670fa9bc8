import { Fault } from '@weir/service-kit/fault';
import type { CompletionHead } from '@weir/contracts/router';
import type { CompletionSink } from '../completion-sink.ts';
import { limitHeaders } from './limit-headers.ts';
import { completionHeaders, costHeaders, overheadHeader, type HeaderList } from './response-headers.ts';
import type { ResponseWriter } from './response-writer.ts';

/** The two forms in which OpenAI's clients get a completion, each as the innermost sink of the way back. */

interface CompletionWriterOptions {
  response: ResponseWriter;
  /** Whether the answer's headers are told in Portkey's names too. */
  speaksPortkey: boolean;
}

const eventStreamHeaders = [
  'content-type',
  'text/event-stream; charset=utf-8',
  'cache-control',
  'no-cache',
  // Reverse proxies of nginx's kind would else hold tokens back.
  'x-accel-buffering',
  'no',
];

const beforeChunk = Buffer.from('data: ');
const afterChunk = Buffer.from('\n\n');

/**
 * A completion that comes as server-sent events. Nothing is sent before the first chunk, so that a failure up to
 * then has a status of its own; `[DONE]` is sent on a true end only.
 */
export function createSseCompletionWriter({
  response,
  speaksPortkey,
}: CompletionWriterOptions): CompletionSink {
  let headers: HeaderList = [];
  let hasBegun = false;
  const begin = () => {
    hasBegun = true;
    response.begin(200, [...eventStreamHeaders, ...headers]);
  };
  return {
    onHead(head) {
      const { limits = [], upstreamMs } = head;
      response.completion = labelsOf(head);
      const overhead = upstreamMs === undefined ? [] : overheadHeader(response.elapsedMs, upstreamMs);
      headers = [
        ...completionHeaders(head, { speaksPortkey }),
        ...limitHeaders(limits, Date.now()),
        ...overhead,
      ];
    },
    onChunk(chunk) {
      if (!hasBegun) begin();
      response.write(Buffer.concat([beforeChunk, chunk, afterChunk]));
    },
    onEnd({ usage }) {
      if (!hasBegun) begin();
      response.usage = usage;
      response.end('data: [DONE]\n\n');
    },
    onFault(fault) {
      response.fail(fault);
    },
  };
}

/** A completion that comes at once, as `application/json`. */
export function createJsonCompletionWriter({
  response,
  speaksPortkey,
}: CompletionWriterOptions): CompletionSink {
  let head: CompletionHead | undefined;
  return {
    onHead(known) {
      head = known;
      response.completion = labelsOf(known);
    },
    onChunk() {
      const cause = new Error('A whole completion came in pieces.');
      response.fail(new Fault('internal_error', { cause }));
    },
    onEnd(trailer, body) {
      response.usage = trailer.usage;
      const { guardrails = head?.guardrails } = trailer;
      const headers = head ? completionHeaders({ ...head, guardrails }, { speaksPortkey }) : [];
      const cost = costHeaders(trailer, head ?? {}, Date.now());
      const overhead = overheadHeader(response.elapsedMs, trailer.upstreamMs);
      response.json(200, body, [...headers, ...cost, ...overhead]);
    },
    onFault(fault) {
      response.fail(fault);
    },
  };
}

function labelsOf({ provider, model, isKnownModel }: CompletionHead) {
  return { provider, model: isKnownModel ? model : 'other' };
}
