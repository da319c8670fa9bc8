import { setTimeout as delay } from 'node:timers/promises';
import type { Measure } from '../report.ts';
import type { Stack } from '../stack.ts';

/** What questions are about, so that each is another one. */
const things = [
  ...['return policy', 'delivery address', 'loyalty card', 'gift voucher', 'winter sale', 'monthly invoice'],
  ...[
    'repair service',
    'student discount',
    'mobile app',
    'newsletter',
    'warranty',
    'size chart',
    'payment plan',
  ],
];
const topics = things.flatMap((thing) =>
  ['families', 'companies', 'members', 'visitors'].map((whom) => `the ${thing} for ${whom}`),
);
/** The same question in other words: the first is asked and kept, the others are answered by it. */
const phrasings = [
  (topic: string) => `Can you please explain ${topic} to me?`,
  (topic: string) => `Could you please explain ${topic} to me?`,
  (topic: string) => `Please can you explain ${topic} to me?`,
  (topic: string) => `Can you explain ${topic} to me, please?`,
];

/**
 * How long a request takes that is answered by what was said to another question, with the embedder that the environment names, and how
 * long the cache's event loop makes others wait meanwhile.
 */
export async function measureSemanticHits({ gateway, cacheOpsUrl }: Stack, key: string): Promise<Measure[]> {
  const ask = async (content: string) => {
    const beganAtMs = performance.now();
    const response = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'gpt-5-mini',
        temperature: 0,
        messages: [{ role: 'user', content }],
      }),
    });
    await response.text();
    return { tookMs: performance.now() - beganAtMs, status: response.headers.get('x-weir-cache') };
  };
  const [first, ...others] = phrasings;
  for (const topic of topics) if (first) await ask(first(topic));
  // Answers are kept out of anybody's way.
  await delay(3_000);
  await loopDelayMs(cacheOpsUrl);
  const hits: number[] = [];
  const asked = topics.length * others.length;
  for (const phrase of others) {
    for (const topic of topics) {
      const { tookMs, status } = await ask(phrase(topic));
      if (status === 'hit-semantic') hits.push(tookMs);
    }
  }
  const loopMs = await loopDelayMs(cacheOpsUrl);
  const by = process.env['WEIR_EMBEDDER_MODEL'] ?? 'the builtin embedder';
  const against = `${hits.length} of ${asked} questions were hits, by ${by}`;
  console.log(`cache: ${against}`);
  const p95Ms = hits.toSorted((a, b) => a - b)[Math.floor(hits.length * 0.95)];
  const loop: Measure = {
    ...{ name: 'cache.loop_delay_p99_ms', value: loopMs, unit: 'ms', better: 'lower', target: 5, against },
  };
  if (p95Ms === undefined) return [loop];
  const p95: Measure = {
    ...{ name: 'cache.semantic.p95_ms', value: p95Ms, unit: 'ms', better: 'lower', target: 25, against },
  };
  return [p95, loop];
}

/** Since it was last asked for. */
async function loopDelayMs(opsUrl: string): Promise<number> {
  const metrics = await (await fetch(`${opsUrl}/metrics`)).text();
  const [, seconds] = /^nodejs_eventloop_lag_p99_seconds\S* (\S+)$/m.exec(metrics) ?? [];
  return Number(seconds) * 1_000;
}
