import type { OwnedProcess } from '@weir/local-servers/owned-process';
import type { LogLines } from './log-lines.ts';
import { Supervisor } from './supervisor.ts';

/** The programs that `npm start` runs, in the order in which each needs the one before; they stop in the reverse order. */
export class ProcessManager {
  /** Rejects, with the reason, when one of the programs cannot be kept running. */
  readonly failed: Promise<never>;
  readonly #logLines: LogLines;
  readonly #fail: (reason: Error) => void;
  readonly #supervisors: Supervisor[] = [];
  #stopping = false;

  constructor(logLines: LogLines) {
    this.#logLines = logLines;
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => undefined); // Whoever waits for it handles it; nobody may be waiting yet.
    this.failed = promise;
    this.#fail = reject;
  }

  /** Resolves when the program runs. `start` is called again whenever it has ended, once restarts are enabled. */
  async run<Program extends OwnedProcess>(
    name: string,
    start: () => Promise<Program>,
  ): Promise<Program | undefined> {
    if (this.#stopping) return undefined;
    let program: Program | undefined;
    const supervisor = new Supervisor({
      name,
      start: async () => {
        program = await start();
        this.#logLines.notice(name, 'info', `started pid=${program.pid}`);
        return program;
      },
      onNotice: (text) => {
        this.#logLines.notice(name, 'warn', text);
      },
      onGiveUp: (reason) => {
        this.#fail(new Error(reason));
      },
    });
    this.#supervisors.push(supervisor);
    await supervisor.start();
    return program;
  }

  /** All of it has served: from now on, what ends is started again. */
  enableRestarts(): void {
    for (const supervisor of this.#supervisors) supervisor.enableRestarts();
  }

  /** Stops one after the other, so that each finds what it needs to end in good order. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const supervisor of this.#supervisors.toReversed()) await supervisor.stop();
  }

  async kill(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#supervisors.map((supervisor) => supervisor.kill()));
  }
}
