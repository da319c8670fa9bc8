import type { Clock } from '@weir/service-kit/clock';
import { Fault } from '@weir/service-kit/fault';
import type { CompletionHead } from '@weir/contracts/router';
import type { CompletionSink } from '../completion-sink.ts';
import { commentOf, Heartbeat, heartbeatComment, type HeartbeatSettings } from './heartbeat.ts';
import { limitHeaders } from './limit-headers.ts';
import {
  completionHeaders,
  costHeaders,
  faultHeaders,
  overheadHeader,
  type HeaderList,
} from './response-headers.ts';
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

interface SseWriterOptions extends CompletionWriterOptions {
  clock: Clock;
  heartbeat: HeartbeatSettings;
}

/**
 * A completion that comes as server-sent events. Nothing is sent before the first chunk, so that a failure up to
 * then has a status of its own, unless a heartbeat is asked for before it; `[DONE]` is sent on a true end only.
 */
export function createSseCompletionWriter({
  clock,
  heartbeat: { intervalMs, mode },
  response,
  speaksPortkey,
}: SseWriterOptions): CompletionSink {
  let headers: HeaderList = [];
  let hasBegun = false;
  /** Whether the status was sent before anything was known of the answer. */
  let isAhead = false;
  const begin = () => {
    hasBegun = true;
    response.begin(200, [...eventStreamHeaders, ...headers]);
  };
  const beat = () => {
    if (!hasBegun) {
      if (mode !== 'always') return;
      isAhead = true;
      begin();
    }
    response.write(heartbeatComment);
  };
  const heartbeat = mode === 'off' ? undefined : new Heartbeat(clock, intervalMs, beat);
  if (heartbeat)
    void response.ended.then(() => {
      heartbeat.over();
    });
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
      if (isAhead) response.write(commentOf(headers));
    },
    onChunk(chunk) {
      if (!hasBegun) begin();
      heartbeat?.sent();
      response.write(Buffer.concat([beforeChunk, chunk, afterChunk]));
    },
    onEnd({ usage }) {
      if (!hasBegun) begin();
      response.usage = usage;
      response.end('data: [DONE]\n\n');
    },
    onFault(fault) {
      if (isAhead && headers.length === 0) {
        response.write(commentOf(['status', String(fault.status), ...faultHeaders(fault, Date.now())]));
      }
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
