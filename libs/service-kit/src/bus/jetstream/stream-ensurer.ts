import type { FaultCode } from '@weir/contracts/faults';
import type { Fault } from '../../fault.ts';
import { onAbort } from '../../on-abort.ts';
import type { JetStreamApi } from './jetstream-api.ts';
import type { StreamNeeds } from './jetstream-problem.ts';

interface EnsurerParts {
  readonly needs: StreamNeeds;
  readonly api: JetStreamApi;
  /** Creates the stream where it is not there. */
  readonly create: () => Promise<unknown>;
}

/** An operator has to mend these: nobody knows how long that takes. */
const lastingCodes: readonly FaultCode[] = ['jetstream_disabled', 'jetstream_quota_exceeded'];

/**
 * Creates a stream and creates it anew when it has gone. It is looked for when the connection has come back, since a server
 * may come back with an empty disk, and when `recheck` is called.
 */
export class StreamEnsurer {
  /** Resolves when the stream is there for the first time. */
  readonly created: Promise<void>;
  /** Resolves when JetStream has refused it for a reason that an operator has to mend. It is tried on all the same. */
  readonly refused: Promise<void>;
  readonly #parts: EnsurerParts;
  readonly #setCreated: () => void;
  readonly #setRefused: () => void;
  #recheck: (() => void) | undefined;

  constructor(parts: EnsurerParts) {
    this.#parts = parts;
    const created = Promise.withResolvers<undefined>();
    const refused = Promise.withResolvers<undefined>();
    this.created = created.promise;
    this.refused = refused.promise;
    this.#setCreated = () => {
      created.resolve(undefined);
    };
    this.#setRefused = () => {
      refused.resolve(undefined);
    };
  }

  /** Ends when the API is stopped. */
  async keep(): Promise<void> {
    const { needs, api, create } = this.#parts;
    const onFailed = ({ code }: Fault) => {
      if (lastingCodes.includes(code)) this.#setRefused();
    };
    while (!api.isStopped) {
      await api.retryUntilStopped(`create the stream ${needs.stream}`, create, { needs, onFailed });
      this.#setCreated();
      await this.#untilRecheck();
    }
  }

  /** Called when a message was not stored: the stream may have gone. */
  recheck(): void {
    this.#recheck?.();
  }

  async #untilRecheck(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#recheck = () => {
      resolve(undefined);
    };
    const forgetConnection = onAbort(this.#parts.api.connectionLost, this.#recheck);
    await promise;
    forgetConnection();
  }
}
