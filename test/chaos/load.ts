import { setTimeout as delay } from 'node:timers/promises';
import { ask, type Question } from '../helpers/ask.ts';
import type { Targets } from './targets.ts';

/** What a caller saw of one request. */
export interface Outcome {
  /** Names the request: it travels as its end user, to the provider and into the ledger. */
  readonly marker: string;
  /** By `performance.now()`. */
  readonly askedAtMs: number;
  readonly tookMs: number;
  /** `ok`, or the code of the error that the caller was told, or why it was told none. */
  readonly result: string;
  readonly status: number;
  readonly hasRetryAfter: boolean;
}

export interface LoadOptions {
  readonly targets: Targets;
  readonly perSecond: number;
  /** What each caller gives its request. */
  readonly deadlineMs: number;
  readonly question?: Partial<Question>;
}

/** How long a caller still waits for the answer that its deadline is over: this machine is busy. */
export const graceMs = 1_000;

const model = 'gpt-4.1-mini';
let loads = 0;

/** Callers that ask at a steady rate, whatever comes of it: half of them for streams. */
export class Load {
  readonly outcomes: Outcome[] = [];
  readonly #options: LoadOptions;
  readonly #prefix = `chaos-${++loads}-`;
  readonly #open = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  #asked = 0;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#timer = setInterval(() => {
      this.#askOnce();
    }, 1_000 / options.perSecond);
  }

  /** Whether a request, as the provider or the ledger knows it, is one of these. */
  owns(marker: string | null | undefined): boolean {
    return marker?.startsWith(this.#prefix) === true;
  }

  /** Asks no more, and resolves once every caller has its answer or has given up. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#open);
  }

  #askOnce(): void {
    const request = this.#ask(this.#asked++).finally(() => this.#open.delete(request));
    this.#open.add(request);
  }

  async #ask(index: number): Promise<void> {
    const { targets, deadlineMs, question } = this.#options;
    const marker = `${this.#prefix}${index}`;
    const askedAtMs = performance.now();
    const signal = AbortSignal.timeout(deadlineMs + graceMs);
    const note = (seen: Pick<Outcome, 'result' | 'status' | 'hasRetryAfter'>) =>
      this.outcomes.push({ marker, askedAtMs, tookMs: performance.now() - askedAtMs, ...seen });
    try {
      const stream = index % 2 === 0;
      const url = targets.next(index);
      if (url === undefined) {
        note({ result: 'no_ingress_is_ready', status: 503, hasRetryAfter: false });
        return;
      }
      const asked = { model, stream, user: marker, timeoutMs: deadlineMs, signal, ...question };
      const { status, code, isWhole, headers } = await ask(`${url}/v1`, asked);
      const result = code ?? (isWhole ? 'ok' : 'broken_answer');
      note({ result, status, hasRetryAfter: headers.has('retry-after') });
    } catch (error) {
      note({ result: signal.aborted ? 'no_answer' : reasonOf(error), status: 0, hasRetryAfter: false });
    }
  }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const { code } = (cause ?? error) as { code?: string };
  return (code ?? 'connection_lost').toLowerCase();
}

/** Resolves once so many requests in a row, of those that were asked since then, were answered well. */
export async function untilAnswered(load: Load, sinceMs: number, count: number, withinMs: number) {
  const deadlineAtMs = performance.now() + withinMs;
  while (performance.now() < deadlineAtMs) {
    const since = load.outcomes.filter(({ askedAtMs }) => askedAtMs >= sinceMs);
    if (since.length >= count && since.slice(-count).every(({ result }) => result === 'ok')) return true;
    await delay(50);
  }
  return false;
}
