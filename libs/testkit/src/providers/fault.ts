/** The provider turns the request down, in its own words. */
export type RefusingFault =
  /** The provider's own error body for `status`; `retryAfter` in seconds, as the header has it. */
  | { kind: 'status'; status: number; retryAfter?: number; retryAfterMs?: number }
  | { kind: 'invalid_key' }
  | { kind: 'context_length' }
  /** `error`: the request is turned down. `refusal`: a 200 whose finish reason says so (in Ollama: an empty answer). */
  | { kind: 'content_policy'; form?: 'error' | 'refusal' };

/**
 * The answer is spoiled on its way. A stream's `afterChunks` counts records on the wire (SSE events, NDJSON lines),
 * those before the first content included (see RECORDS_BEFORE_CONTENT); 0 is right after the response's headers, and
 * a count past the end stops before the last record. An answer that is not a stream breaks after half of its body.
 */
export type WireFault =
  /** Nothing is heard for `delayMs`: before the headers, or between the headers and the first byte of the body. */
  | { kind: 'slow_first_byte'; delayMs: number; after?: 'request' | 'headers' }
  /** The answer stops and the connection stays open, silently. */
  | { kind: 'stall'; afterChunks: number }
  /** The connection is destroyed in mid-answer. */
  | { kind: 'cut'; afterChunks: number }
  /** The HTTP response ends as if it were whole, without the protocol's own end of the stream. */
  | { kind: 'clean_cut'; afterChunks: number }
  /** `records` (default 1) of a stream after `afterChunks` (default 2), or the whole body, lack their last brace; the rest is sound. */
  | { kind: 'malformed_json'; afterChunks?: number; records?: number }
  /** After `afterChunks` (default 2) records their separators are lost; a JSON body comes dressed as an SSE event. */
  | { kind: 'malformed_sse'; afterChunks?: number }
  /** An error object in a 200; in a stream an error record after `afterChunks` (default 0) records, and then the end. */
  | { kind: 'error_in_200'; afterChunks?: number }
  /** A 200 with no body at all, or a well-formed answer that says nothing. */
  | { kind: 'empty_answer'; form?: 'no_body' | 'no_choices' }
  /** An HTML page with status 200. */
  | { kind: 'wrong_content_type' };

/** The faults that spoil the body itself. */
export type BodyFault = Exclude<WireFault, { kind: 'wrong_content_type' | 'slow_first_byte' }>;

/** What can go wrong with a provider; `reset` resets the connection before any header. */
export type Fault = RefusingFault | WireFault | { kind: 'reset' };

const REFUSALS: Record<RefusingFault['kind'], true> = {
  status: true,
  invalid_key: true,
  context_length: true,
  content_policy: true,
};

export function isRefusing(fault: Fault): fault is RefusingFault {
  return fault.kind in REFUSALS;
}

/** The routes that answer with text, streamed or not. */
export type WireRoute =
  'openai_chat' | 'openai_responses' | 'anthropic_messages' | 'ollama_chat' | 'ollama_generate';

/** How many records each streaming route sends before the first one with content. */
export const RECORDS_BEFORE_CONTENT: Record<WireRoute, number> = {
  openai_chat: 1,
  openai_responses: 4,
  anthropic_messages: 3,
  ollama_chat: 0,
  ollama_generate: 0,
};
