import { setTimeout as delay } from 'node:timers/promises';
import { errorResponseSchema } from '@weir/contracts/error-response';
import { z } from 'zod';
import type { CostFleet } from './cost-fleet.ts';
import { type LimitedKey, pricedModel, rates } from './spending.ts';

/** What requests ask for at most, and what the model then says: some use all of it, most use little. */
const sizes = {
  small: { maxTokens: 300, outputTokens: 200, latencyMs: 500 },
  whole: { maxTokens: 1_000, outputTokens: 1_000, latencyMs: 1_500 },
  careful: { maxTokens: 3_000, outputTokens: 300, latencyMs: 1_000 },
};

type Size = keyof typeof sizes;
const sizeNames = Object.keys(sizes) as Size[];

const inputTokens = 20;
const clientTimeoutMs = 30_000;

/** A request as the provider gets it. */
const callSchema = z
  .object({
    max_tokens: z.number().optional(),
    max_completion_tokens: z.number().optional(),
    user: z.string(),
  })
  .transform((body) => ({
    maxTokens: body.max_completion_tokens ?? body.max_tokens,
    endUser: body.user,
  }));

/** Whose call it is, and what the provider bills for it once it has answered. */
export function usageOf(body: unknown): { endUser: string; nanoUsd: number } {
  const { maxTokens, endUser } = callSchema.parse(body);
  const size = Object.values(sizes).find((one) => one.maxTokens === maxTokens);
  if (!size) throw new Error(`nobody has asked for ${maxTokens} tokens`);
  return { endUser, nanoUsd: inputTokens * rates.input + size.outputTokens * rates.output };
}

interface CrowdOptions {
  readonly fleet: Pick<CostFleet, 'urls' | 'provider'>;
  readonly key: LimitedKey;
  readonly random: () => number;
  readonly size: number;
}

/** Many clients at once, each of whom asks again and again, waits a little where it is refused, and sometimes leaves. */
export class Crowd {
  readonly outcomes: Record<string, number> = {};
  readonly #options: CrowdOptions;
  #asked = 0;
  #isOver = false;

  constructor(options: CrowdOptions) {
    this.#options = options;
    for (const { maxTokens, outputTokens, latencyMs } of Object.values(sizes)) {
      options.fleet.provider.script({
        latencyMs,
        tokensPerSecond: 2_500,
        chunks: 10,
        answer: 'word '.repeat(outputTokens),
        usage: { inputTokens, outputTokens },
        matches: ({ body }) => callSchema.safeParse(body).data?.maxTokens === maxTokens,
      });
    }
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether the budget has refused anybody. */
  get isRefused(): boolean {
    const { '429 budget_reserved': reserved = 0, '429 insufficient_quota': spent = 0 } = this.outcomes;
    return reserved + spent > 0;
  }

  end(): void {
    this.#isOver = true;
  }

  /** Resolves when all have left. */
  async work(): Promise<void> {
    const { random, size } = this.#options;
    const client = async () => {
      while (!this.#isOver) {
        const outcome = await this.ask(this.#pick(sizeNames), random() < 0.15 ? random() * 400 : undefined);
        this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + 1;
        // A crowd that knocks without a pause tests the doors, and not the budget.
        if (outcome !== '200') await delay(3_000 + random() * 3_000);
      }
    };
    await Promise.all(Array.from({ length: size }, client));
  }

  /** Resolves to the status and the error's code: `429 insufficient_quota`. The client leaves after `leaveMs`. */
  async ask(size: Size, leaveMs?: number): Promise<string> {
    const { fleet, key, random } = this.#options;
    const endUser = `user-${this.#asked++}`;
    try {
      const response = await fetch(`${this.#pick(fleet.urls)}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${key.key}` },
        body: JSON.stringify({
          model: pricedModel,
          stream: random() < 0.5,
          max_tokens: sizes[size].maxTokens,
          user: endUser,
          messages: [{ role: 'user', content: 'one two three' }],
        }),
        signal: AbortSignal.timeout(leaveMs ?? clientTimeoutMs),
      });
      const text = await response.text();
      if (response.ok) return text.includes('"error"') ? 'broken' : '200';
      return `${response.status} ${errorResponseSchema.parse(JSON.parse(text)).error.code}`;
    } catch {
      return leaveMs === undefined ? 'no answer' : 'left';
    }
  }

  #pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.#options.random() * list.length)] as T;
  }
}
