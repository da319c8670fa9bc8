import type { Fault } from '@weir/testkit/providers/fault';
import type { Dialect, Unreachable } from './fault-fixture.ts';

export interface FaultCase {
  readonly name: string;
  /** What the provider does, or where it is not to be found. */
  readonly fault: Fault | Unreachable;
  /** What a client sees where nobody mends it: status and code, or the code with which its stream breaks. */
  readonly sees: string | RegExp;
  /** Whether the same target is asked again, where its config says so. */
  readonly isRetried: boolean;
  /** Whether another target is asked, where its config has one. */
  readonly movesOn: boolean;
  readonly isStreamed?: boolean;
  /** Where it is a fault of one alone. */
  readonly dialect?: Dialect;
}

type Row = readonly [name: string, fault: Fault | Unreachable, sees: string | RegExp];

/** Another try may go well: here, or elsewhere. */
const passing: readonly Row[] = [
  ['429 with retry-after: 1', { kind: 'status', status: 429, retryAfter: 1 }, '429 upstream_rate_limited'],
  ['500', { kind: 'status', status: 500 }, '502 upstream_error'],
  ['502', { kind: 'status', status: 502 }, '502 upstream_error'],
  ['503', { kind: 'status', status: 503 }, '503 upstream_overloaded'],
  ['529', { kind: 'status', status: 529 }, '503 upstream_overloaded'],
  ['a refused connection', 'refused', '502 upstream_unreachable'],
  ['a TLS failure', 'tls', '502 upstream_unreachable'],
  ['a DNS failure', 'dns', '502 upstream_unreachable'],
  ['a reset connection', { kind: 'reset' }, '502 upstream_unreachable'],
  ['a slow first byte', { kind: 'slow_first_byte', delayMs: 60_000 }, '504 upstream_timeout'],
  ['headers without a body', { kind: 'stall', afterChunks: 0 }, '504 upstream_timeout'],
  ['a cut before content', { kind: 'cut', afterChunks: 0 }, '502 upstream_stream_cut'],
  ['an end before content', { kind: 'clean_cut', afterChunks: 0 }, '502 upstream_invalid_response'],
  ['malformed JSON', { kind: 'malformed_json', afterChunks: 0 }, '502 upstream_invalid_response'],
  ['an error in a 200', { kind: 'error_in_200' }, /^(502 upstream_error|503 upstream_overloaded)$/],
  ['an empty body', { kind: 'empty_answer', form: 'no_body' }, '502 upstream_invalid_response'],
  ['a wrong content type', { kind: 'wrong_content_type' }, '502 upstream_invalid_response'],
];

/** The other protocols have no choices, and an answer of theirs without a word is a good one. */
const withoutChoices: readonly Row[] = [
  ['an answer without a choice', { kind: 'empty_answer', form: 'no_choices' }, '502 upstream_empty_answer'],
];

/** Another target may do better; the same one will not, or not in time. */
const lasting: readonly Row[] = [
  ['429 with retry-after: 60', { kind: 'status', status: 429, retryAfter: 60 }, '429 upstream_rate_limited'],
  ['an invalid key', { kind: 'invalid_key' }, '502 upstream_credentials_rejected'],
  ['a context that is too long', { kind: 'context_length' }, '400 context_length_exceeded'],
];

/** Others would refuse it too, and whoever wants them asked says so. */
const final: readonly Row[] = [
  ['a refused content', { kind: 'content_policy', form: 'error' }, '400 content_policy_violation'],
];

/** Something has been sent by then: nobody begins anew. */
const afterContent: readonly Row[] = [
  ['a stall in mid-stream', { kind: 'stall', afterChunks: 6 }, 'broken by upstream_timeout'],
  ['a cut in mid-stream', { kind: 'cut', afterChunks: 6 }, 'broken by upstream_stream_cut'],
  ['an end in mid-stream', { kind: 'clean_cut', afterChunks: 6 }, 'broken by upstream_stream_cut'],
  // One is passed over, and events that run together are read.
  [
    'two malformed events in mid-stream',
    { kind: 'malformed_json', afterChunks: 6, records: 2 },
    'broken by upstream_invalid_response',
  ],
  [
    'an error in mid-stream',
    { kind: 'error_in_200', afterChunks: 6 },
    /^broken by upstream_(error|overloaded)$/,
  ],
];

const as =
  (traits: Omit<FaultCase, 'name' | 'fault' | 'sees'>) =>
  ([name, fault, sees]: Row): FaultCase => ({ name, fault, sees, ...traits });

/** The faults of which clients are to be shielded. */
export const faultCases: readonly FaultCase[] = [
  ...passing.map(as({ isRetried: true, movesOn: true })),
  ...withoutChoices.map(as({ isRetried: true, movesOn: true, dialect: 'openai' })),
  ...lasting.map(as({ isRetried: false, movesOn: true })),
  ...final.map(as({ isRetried: false, movesOn: false })),
  ...afterContent.map(as({ isRetried: false, movesOn: false, isStreamed: true })),
];
