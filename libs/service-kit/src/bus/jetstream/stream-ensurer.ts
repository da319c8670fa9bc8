import type { JetStreamApi } from './jetstream-api.ts';

interface KeeperParts {
  readonly name: string;
  readonly api: JetStreamApi;
  /** Makes the stream where it is not there. */
  readonly make: () => Promise<unknown>;
}

/**
 * Sees to it that a stream is there. It is looked for whenever the connection has come back, since a server may come back
 * with an empty disk, and whenever it is doubted.
 */
export class StreamEnsurer {
  /** Resolves when it is there for the first time. */
  readonly made: Promise<void>;
  readonly #parts: KeeperParts;
  readonly #setMade: () => void;
  #doubt: (() => void) | undefined;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.made = promise;
    this.#setMade = () => {
      resolve(undefined);
    };
  }

  /** Ends when the API is stopped. */
  async keep(): Promise<void> {
    const { name, api, make } = this.#parts;
    while (!api.isStopped) {
      await api.retryUntilStopped(`make the stream ${name}`, make);
      this.#setMade();
      await this.#untilDoubted();
    }
  }

  /** Something was not stored: perhaps the stream has gone. */
  recheck(): void {
    this.#doubt?.();
  }

  async #untilDoubted(): Promise<void> {
    const { connectionLost } = this.#parts.api;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const doubt = () => {
      resolve(undefined);
    };
    this.#doubt = doubt;
    connectionLost.addEventListener('abort', doubt);
    if (connectionLost.aborted) doubt();
    await promise;
    connectionLost.removeEventListener('abort', doubt);
  }
}
