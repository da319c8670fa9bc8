import { setInterval, clearInterval } from 'node:timers';

const pollMs = 250;
/** After which a balancer takes a target that says nothing for one that is not ready. */
const timeoutMs = 1_000;

/** The ingresses as a balancer sees them: whether they are ready, and what they say that they lack. */
export class Targets {
  readonly #urls: readonly string[];
  readonly #answers = new Map<string, { isReady: boolean; text: string }>();
  readonly #timer: NodeJS.Timeout;
  readonly #outages: { fromMs: number; toMs: number }[] = [];

  constructor(urls: readonly string[]) {
    this.#urls = urls;
    for (const url of urls) this.#answers.set(url, { isReady: true, text: '' });
    this.#timer = setInterval(() => void this.#poll(), pollMs);
  }

  /** Takes them in turn, of those that are ready. */
  next(turn: number): string | undefined {
    const ready = this.#urls.filter((url) => this.#answers.get(url)?.isReady);
    return ready[turn % Math.max(1, ready.length)];
  }

  /** For how long none at all was ready, since then. */
  outageMs(sinceMs: number): number {
    return this.#outages
      .map(({ fromMs, toMs }) => toMs - Math.max(fromMs, sinceMs))
      .reduce((sum, ms) => sum + Math.max(0, ms), 0);
  }

  /** What `/ready` of each said last. */
  said(): string[] {
    return [...this.#answers.values()].map(({ text }) => text);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #poll(): Promise<void> {
    await Promise.all(
      this.#urls.map(async (url) => {
        this.#answers.set(url, await readinessOf(url));
      }),
    );
    const wasOut = this.#outages.at(-1);
    const nowMs = performance.now();
    if ([...this.#answers.values()].some(({ isReady }) => isReady)) return;
    if (wasOut && nowMs - wasOut.toMs < pollMs + timeoutMs) wasOut.toMs = nowMs;
    else this.#outages.push({ fromMs: nowMs - pollMs, toMs: nowMs });
  }
}

async function readinessOf(url: string): Promise<{ isReady: boolean; text: string }> {
  try {
    const response = await fetch(`${url}/ready`, { signal: AbortSignal.timeout(timeoutMs) });
    return { isReady: response.ok, text: `${response.status} ${await response.text()}` };
  } catch (error) {
    return { isReady: false, text: String(error) };
  }
}
