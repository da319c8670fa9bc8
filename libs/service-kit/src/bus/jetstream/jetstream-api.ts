import { JetStreamApiCodes, JetStreamApiError } from '@nats-io/jetstream';
import { errors } from '@nats-io/transport-node';
import { backoffMs } from '../../backoff.ts';
import { waitUnlessAborted, type Clock } from '../../clock.ts';
import { Fault } from '../../fault.ts';
import type { Logger } from '../../logger.ts';
import { onAbort } from '../../on-abort.ts';
import type { Problems } from '../../problems.ts';
import { jetStreamProblem, type StreamNeeds } from './jetstream-problem.ts';

interface CallParts {
  /** Aborted when the connection that there is now is lost, and as long as there is none. */
  readonly connectionLost: () => AbortSignal;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly problems: Pick<Problems, 'report' | 'clear'>;
}

interface InsistOptions {
  /** Where it creates a stream. */
  readonly needs?: StreamNeeds;
  readonly onFailed?: (fault: Fault) => void;
}

/** That there is no JetStream is one problem, however many calls it fails. */
const disabledName = 'jetstream';

/** How long one call may take, all its messages together. */
const timeoutMs = 5_000;

/** Between two attempts at what must succeed. */
const pauses = { firstMs: 100, longestMs: 2_000 };

/**
 * Calls to JetStream. Each ends within five seconds, at once when the connection is lost, and rejects with a Fault in place of
 * the client's own errors.
 */
export class JetStreamApi {
  readonly #parts: CallParts;
  readonly #stopping = new AbortController();

  constructor(parts: CallParts) {
    this.#parts = parts;
  }

  get isStopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  get connectionLost(): AbortSignal {
    return this.#parts.connectionLost();
  }

  /** From now on every call rejects. One that is under way goes on until it ends, or until the connection is closed. */
  stop(): void {
    this.#stopping.abort();
  }

  /** `task` names the call in the log: `read the history of …`. */
  async run<T>(task: string, call: () => Promise<T>): Promise<T> {
    try {
      return await this.#call(call);
    } catch (error) {
      if (error instanceof Fault) throw error;
      const { code, message } = jetStreamProblem(error, task);
      this.#parts.logger.warn({ code }, message);
      throw new Fault(code, { cause: error });
    }
  }

  /** For what is tried again and again: while it fails, that is a problem of the process. */
  async attempt<T>(task: string, call: () => Promise<T>, needs?: StreamNeeds): Promise<T> {
    const { problems } = this.#parts;
    try {
      const result = await this.#call(call);
      problems.clear(task);
      problems.clear(disabledName);
      return result;
    } catch (error) {
      if (error instanceof Fault) throw error;
      const problem = jetStreamProblem(error, task, needs);
      const isDisabled = problem.code === 'jetstream_disabled';
      problems.report(isDisabled ? disabledName : task, { ...problem, blocks: false });
      if (isDisabled) problems.clear(task);
      else if (error instanceof JetStreamApiError) problems.clear(disabledName);
      throw new Fault(problem.code, { cause: error });
    }
  }

  /** Rejects with a Fault where the reason is known without asking JetStream, else with what the call threw. */
  async #call<T>(call: () => Promise<T>): Promise<T> {
    const { connectionLost } = this;
    if (this.isStopped || connectionLost.aborted) throw new Fault('bus_disconnected');
    const { promise: ended, reject: end } = Promise.withResolvers<never>();
    const forgetConnection = onAbort(connectionLost, () => {
      end(new Fault('bus_disconnected'));
    });
    const cancelTimeout = this.#parts.clock.after(timeoutMs, () => {
      end(new errors.TimeoutError());
    });
    try {
      return await Promise.race([ended, call()]);
    } catch (error) {
      throw isConflict(error) ? new Fault('revision_conflict', { cause: error }) : error;
    } finally {
      cancelTimeout();
      forgetConnection();
    }
  }

  /** Calls until it succeeds. Rejects only with `bus_disconnected`, once it is stopped. */
  async retryUntilStopped<T>(
    task: string,
    call: () => Promise<T>,
    { needs, onFailed }: InsistOptions = {},
  ): Promise<T> {
    for (let failures = 0; ; failures++) {
      try {
        return await this.attempt(task, call, needs);
      } catch (thrown) {
        if (this.isStopped) throw thrown;
        onFailed?.(Fault.from(thrown));
        // Without a connection nothing was tried: the first attempt after it comes back is not delayed.
        if (this.connectionLost.aborted) failures = 0;
      }
      await this.pause(failures);
    }
  }

  /** Waits before the next attempt, longer after each failure; ends at once when it is stopped. */
  pause(failures: number): Promise<void> {
    return waitUnlessAborted(backoffMs(failures, pauses), this.#stopping.signal, this.#parts.clock);
  }
}

/** The newest message of the subject is not the one that was expected. */
function isConflict(error: unknown): boolean {
  if (!(error instanceof JetStreamApiError)) return false;
  const { code } = error;
  return (
    code === JetStreamApiCodes.StreamWrongLastSequence ||
    code === JetStreamApiCodes.StreamWrongLastSequenceUnknown
  );
}
