import { setTimeout as delay } from 'node:timers/promises';
import type { OwnedProcess } from '@weir/local-servers/owned-process';
import { backoffMs } from '@weir/service-kit/backoff';

export interface SupervisorOptions {
  readonly name: string;
  /** Starts the program; rejects where it cannot run. */
  readonly start: () => Promise<OwnedProcess>;
  /** Told what happened to it, in words for the user. */
  readonly onNotice: (text: string) => void;
  /** Told why it cannot be kept running. */
  readonly onGiveUp: (reason: string) => void;
}

/** A run shorter than this counts as a failed start. */
const quickEndMs = 10_000;
const maxQuickEnds = 5;
const restartPause = { firstMs: 200, longestMs: 5_000 };

/** Keeps one program running: starts it again when it ends unasked, a little later each time, and not for ever. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #stopping = new AbortController();
  #start: Promise<OwnedProcess> | undefined;
  #quickEnds = 0;
  #restarts = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /** Rejects where the program cannot run. */
  async start(): Promise<void> {
    const startedAtMs = performance.now();
    this.#start = this.#options.start();
    const program = await this.#start;
    void program.ended.then(({ how }) => this.#onEnd(how, performance.now() - startedAtMs));
  }

  /**
   * To be called once it has served. An end before that is final: what ended it, a wrong setting for one, would end it again.
   */
  enableRestarts(): void {
    this.#restarts = true;
  }

  /** Asks it to end, and resolves when it has. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const program = await this.#current();
    await program?.stop();
  }

  async kill(): Promise<void> {
    this.#stopping.abort();
    const program = await this.#current();
    await program?.kill();
  }

  async #current(): Promise<OwnedProcess | undefined> {
    return this.#start?.catch(() => undefined);
  }

  async #onEnd(how: string, ranMs: number): Promise<void> {
    const { name, onNotice, onGiveUp } = this.#options;
    if (this.#stopping.signal.aborted) return;
    if (!this.#restarts) {
      onGiveUp(`${name} ended before it could serve (${how})`);
      return;
    }
    this.#quickEnds = ranMs < quickEndMs ? this.#quickEnds + 1 : 1;
    if (this.#quickEnds >= maxQuickEnds) {
      onGiveUp(`${name} does not stay up: it ended ${maxQuickEnds} times soon after its start (${how})`);
      return;
    }
    const pauseMs = backoffMs(this.#quickEnds - 1, restartPause);
    onNotice(`ended unexpectedly (${how}); starting it again in ${pauseMs} ms`);
    try {
      await delay(pauseMs, undefined, { signal: this.#stopping.signal });
      await this.start();
    } catch (error) {
      await this.#onEnd(error instanceof Error ? error.message : String(error), 0);
    }
  }
}
