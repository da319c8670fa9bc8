import type { UsageRecord } from '@weir/contracts/usage-record';
import type { Fault } from '@weir/service-kit/fault';

/** What a completion's metrics are told apart by: names that the router knows, and never a caller's word. */
export interface CompletionLabels {
  readonly provider: string;
  readonly model: string;
}

/** How a request ended. Times are monotonic, in milliseconds. */
export interface RequestOutcome {
  /** The status that the client has seen, or that of the fault that came after it. */
  readonly status: number;
  /** What it failed by, before or after its first byte. */
  readonly fault: Fault | undefined;
  /** Whether the client left before it had the whole answer. */
  readonly isCancelled: boolean;
  readonly isStreamed: boolean;
  readonly tenant: string | undefined;
  /** Undefined where no completion was asked for. */
  readonly completion: CompletionLabels | undefined;
  /** What a completion that came to its end has used. */
  readonly usage: UsageRecord | undefined;
  /** Of the answer's body, as it was handed to the socket. */
  readonly bytes: number;
  readonly beganAtMs: number;
  readonly firstByteAtMs: number | undefined;
  readonly endedAtMs: number;
}
