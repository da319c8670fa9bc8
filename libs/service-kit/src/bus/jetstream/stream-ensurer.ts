import { onAbort } from '../../on-abort.ts';
import type { JetStreamApi } from './jetstream-api.ts';

interface EnsurerParts {
  readonly name: string;
  readonly api: JetStreamApi;
  /** Creates the stream where it is not there. */
  readonly create: () => Promise<unknown>;
}

/**
 * Creates a stream and creates it anew when it has gone. It is looked for when the connection has come back, since a server
 * may come back with an empty disk, and when `recheck` is called.
 */
export class StreamEnsurer {
  /** Resolves when the stream is there for the first time. */
  readonly created: Promise<void>;
  readonly #parts: EnsurerParts;
  readonly #setCreated: () => void;
  #recheck: (() => void) | undefined;

  constructor(parts: EnsurerParts) {
    this.#parts = parts;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.created = promise;
    this.#setCreated = () => {
      resolve(undefined);
    };
  }

  /** Ends when the API is stopped. */
  async keep(): Promise<void> {
    const { name, api, create } = this.#parts;
    while (!api.isStopped) {
      await api.retryUntilStopped(`create the stream ${name}`, create);
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
