import { maxProblemMessageLength, type Problem } from '@weir/contracts/problems';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';

interface FoundProblem extends Problem {
  /** Whether the process is not ready because of it. */
  readonly blocks: boolean;
}

interface ProblemParts {
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'gaugeBy'>;
}

/** More than a process can have at once; the first are the causes of the others. */
const maxProblems = 32;

/**
 * What a process lacks or suffers from now. Whoever notices a problem reports it under a name of its own (`nats requests`), and
 * clears it when it has gone. A problem is logged when it is new or another, and shown in `/ready`, status and a metric.
 */
export class Problems {
  readonly #found = new Map<string, FoundProblem>();
  readonly #logger: Logger;

  constructor({ logger, metrics }: ProblemParts) {
    this.#logger = logger;
    metrics.gaugeBy(
      {
        name: 'problems',
        help: 'What this process lacks or suffers from, by fault code; /ready has the words.',
        labels: ['code'],
      },
      () => {
        const counts = new Map<string, number>();
        for (const { code } of this.#found.values()) counts.set(code, (counts.get(code) ?? 0) + 1);
        return [...counts].map(([code, count]) => [{ code }, count] as const);
      },
    );
  }

  /** The same problem may be reported again and again. */
  report(name: string, { code, message: text, blocks }: FoundProblem): void {
    const known = this.#found.get(name);
    if (!known && this.#found.size >= maxProblems) return;
    const message = text.slice(0, maxProblemMessageLength);
    this.#found.set(name, { code, message, blocks });
    if (known?.code === code && known.message === message) return;
    this.#logger.warn({ problem: name, code }, message);
  }

  clear(name: string): void {
    const known = this.#found.get(name);
    if (!known || !this.#found.delete(name)) return;
    this.#logger.info({ problem: name, code: known.code }, 'a problem has gone');
  }

  /** Those that keep the process from being ready, in words for an operator. */
  get missing(): string[] {
    return [...this.#found.values()].filter(({ blocks }) => blocks).map(({ message }) => message);
  }

  list(): Problem[] {
    return [...this.#found.values()].map(({ code, message }) => ({ code, message }));
  }
}
