import { open } from 'node:fs/promises';
import { devNull } from 'node:os';
import type { Clock } from './clock.ts';
import type { Metrics } from './metrics.ts';
import { ownShortage, shortageText, type ShortageCode } from './own-shortage.ts';
import type { Problems } from './problems.ts';

interface ShortageParts {
  readonly problems: Pick<Problems, 'report' | 'clear'>;
  readonly metrics: Pick<Metrics, 'counter'>;
  readonly clock: Clock;
}

/** How long a shortage is taken to last after its last error. */
const lastsMs = 5_000;

/** What has worked within this time is no shortage, but one host's trouble: its name's DNS servers, say. */
const worksForMs = 10_000;

/**
 * What this process or its host lacks, by the errors that tell so: counted, and a problem for as long as they come. Whoever meets an
 * error of the system tells it here, so that it is blamed on nobody else.
 */
export class OwnShortages {
  readonly #parts: ShortageParts;
  readonly #errors;
  readonly #lasting = new Map<ShortageCode, { stopTimer: () => void }>();
  readonly #workedAtMs = new Map<ShortageCode, number>();
  #lastAtMs = -Infinity;

  constructor(parts: ShortageParts) {
    this.#parts = parts;
    this.#errors = parts.metrics.counter({
      name: 'own_shortages_total',
      help: 'Errors because this process or its host lacked something: file descriptors, memory, ports, DNS, its proxy.',
      labels: ['code'],
    });
  }

  /** Takes note of an error. Returns what it says is lacking; undefined where it says nothing of this process. */
  note(thrown: unknown): ShortageCode | undefined {
    const code = ownShortage(thrown);
    if (!code) return undefined;
    const { clock, problems } = this.#parts;
    const nowMs = clock.nowMs();
    this.#errors.inc({ code });
    if (nowMs - (this.#workedAtMs.get(code) ?? -Infinity) < worksForMs) return code;
    this.#lastAtMs = nowMs;
    this.#lasting.get(code)?.stopTimer();
    const stopTimer = clock.after(lastsMs, () => {
      this.#end(code);
    });
    this.#lasting.set(code, { stopTimer });
    const message = `this process lacks resources (${code}): ${shortageText(code)}`;
    problems.report(nameOf(code), { code: 'resource_exhausted', message, blocks: false });
    return code;
  }

  /** What was lacking is there: a name was found, or the proxy has answered. */
  works(code: ShortageCode): void {
    this.#workedAtMs.set(code, this.#parts.clock.nowMs());
    this.#lasting.get(code)?.stopTimer();
    this.#end(code);
  }

  /** Whether there was a shortage within this time. What fails then may well fail because of that. */
  wereWithin(ms: number): boolean {
    return this.#parts.clock.nowMs() - this.#lastAtMs <= ms;
  }

  #end(code: ShortageCode): void {
    if (this.#lasting.delete(code)) this.#parts.problems.clear(nameOf(code));
  }
}

/** How often it is looked whether a file can be opened. */
const probeIntervalMs = 1_000;

/**
 * Notices a want of file descriptors that no error tells of: where the system has none left for a connection that comes in, Node lets go
 * of the connection without a word.
 */
export function probeDescriptors(shortages: Pick<OwnShortages, 'note'>, clock: Clock): void {
  clock.every(probeIntervalMs, () => {
    open(devNull).then(
      (file) => file.close(),
      (error: unknown) => shortages.note(error),
    );
  });
}

const nameOf = (code: ShortageCode) => `own shortage ${code}`;
