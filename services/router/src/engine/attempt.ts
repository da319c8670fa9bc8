import type { UsageRecord } from '@weir/contracts/usage-record';
import type { Upstream } from '../adapters/upstream.ts';
import type { OutputSlices } from '../admission/output-slices.ts';
import type { OutputCount, ResponseContext, WireRequest } from '../domain/dialect.ts';
import type { Failure } from '../domain/failure.ts';
import type { KnownCredential } from '../domain/provider.ts';
import type { Timeouts } from '../domain/routing/compiled-config.ts';
import type { Received } from './answer-meter.ts';
import type { ResponseSink } from './response-commit.ts';

/** What an attempt is made with. */
export interface AttemptParts {
  readonly upstream: Upstream;
  readonly wire: WireRequest;
  readonly isStreamed: boolean;
  readonly context: ResponseContext;
  readonly credential: KnownCredential | undefined;
  readonly timeouts: Timeouts;
  readonly sink: ResponseSink;
  /** Of all attempts of the request: what comes is added to it. */
  readonly received: Received;
  readonly signal: AbortSignal;
  /** Of a stream whose hold grows with it. */
  readonly slices: OutputSlices | undefined;
  /** Called with the first content of a stream and all before it, or with the whole response, before the commit. May throw. */
  readonly onContent: (texts: readonly string[]) => void;
  /** Called before, where the answer has ended by itself and says nothing. Throws `upstream_empty_answer` to have another. */
  readonly onEmptyAnswer: () => void;
}

interface Used {
  /** As far as the provider has reported it. */
  readonly usage: UsageRecord;
  /** What has come of a stream. */
  readonly output?: OutputCount | undefined;
  /** What was mended or is lost of the answer, and came too late for its head. */
  readonly lateWarnings?: readonly string[] | undefined;
}

/** A good answer that says nothing, and was given up to have another target's. */
export interface EmptyAnswer {
  readonly warnings: readonly string[];
  /** Of a stream. */
  readonly chunks: readonly string[];
  /** Of a whole answer. */
  readonly body?: string;
}

interface Failed {
  readonly ok: false;
  readonly failure: Failure;
  readonly emptyAnswer?: EmptyAnswer | undefined;
}

/** How an attempt ended. What was used is known in both cases. */
export type AttemptResult = Used & ({ readonly ok: true; readonly body?: string } | Failed);
