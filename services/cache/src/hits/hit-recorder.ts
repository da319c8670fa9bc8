import type { Clock } from '@weir/service-kit/clock';
import type { Logger } from '@weir/service-kit/logger';
import type { EntryStore } from '../entries/entry-store.ts';
import type { ServedHit, ServedHits } from './served-hits.ts';

interface HitRecorderParts {
  readonly entries: Pick<EntryStore, 'countHits'>;
  readonly served: ServedHits;
  readonly clock: Clock;
  readonly logger: Logger;
}

const writtenAfterMs = 20;
/** Beyond it the newest are not known later. */
const mostWaiting = 5_000;

/** Writes which hits were served, some at a time: nobody waits for it. */
export class HitRecorder {
  readonly #parts: HitRecorderParts;
  #waiting: ServedHit[] = [];
  #writing: Promise<void> = Promise.resolve();

  constructor(parts: HitRecorderParts) {
    this.#parts = parts;
  }

  record(hit: ServedHit): void {
    if (this.#waiting.length >= mostWaiting) return;
    if (this.#waiting.push(hit) === 1)
      this.#parts.clock.after(writtenAfterMs, () => {
        void this.flush();
      });
  }

  /** Resolves when all that was recorded by now is written, or lost. */
  flush(): Promise<void> {
    const hits = this.#waiting;
    this.#waiting = [];
    if (hits.length > 0) this.#writing = this.#writing.then(() => this.#write(hits));
    return this.#writing;
  }

  async #write(hits: readonly ServedHit[]): Promise<void> {
    const { entries, served, clock, logger } = this.#parts;
    const counts = new Map<string, number>();
    for (const { entry } of hits) counts.set(entry, (counts.get(entry) ?? 0) + 1);
    try {
      await Promise.all([entries.countHits(counts), served.remember(hits, clock.nowMs())]);
    } catch (error) {
      logger.debug({ err: error }, 'hits were not written');
    }
  }
}
