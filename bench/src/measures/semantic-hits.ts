import { setTimeout as delay } from 'node:timers/promises';
import type { Measure } from '../report.ts';
import type { Stack } from '../stack.ts';

/** What is asked about. */
const actions = [
  ...[
    'change the oil of a car',
    'boil an egg',
    'repair a bicycle tyre',
    'write a cover letter',
    'plant tomatoes',
  ],
  ...['remove wine stains', 'learn the guitar', 'train a puppy', 'paint a ceiling', 'bake sourdough bread'],
  ...[
    'fold a fitted sheet',
    'tie a bow tie',
    'clean a coffee machine',
    'prune roses',
    'sharpen a kitchen knife',
  ],
  ...['sew on a button', 'build a bookshelf', 'stop hiccups', 'pack a suitcase', 'brew green tea'],
  ...[
    'juggle three balls',
    'draw a horse',
    'memorise a speech',
    'unblock a sink',
    'calculate compound interest',
  ],
];
/** The same question in other words: the first is asked and kept, the others may be answered by it. */
const phrasings = [
  (action: string) => `How do I ${action}?`,
  (action: string) => `How can I ${action}?`,
  (action: string) => `How do you ${action}?`,
  (action: string) => `How should I ${action}?`,
  (action: string) => `How could I ${action}?`,
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
  for (const action of actions) if (first) await ask(first(action));
  // Answers are kept out of anybody's way.
  await delay(3_000);
  await loopDelayMs(cacheOpsUrl);
  const hits: number[] = [];
  const asked = actions.length * others.length;
  for (const phrase of others) {
    for (const action of actions) {
      const { tookMs, status } = await ask(phrase(action));
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

/** Between two turns of the monitor's timer, which the monitor counts as delay: what an idle process reports. */
const monitorMs = 10;

/** How late the event loop was, since it was last asked for. */
async function loopDelayMs(opsUrl: string): Promise<number> {
  const metrics = await (await fetch(`${opsUrl}/metrics`)).text();
  const [, seconds] = /^nodejs_eventloop_lag_p99_seconds\S* (\S+)$/m.exec(metrics) ?? [];
  return Math.max(0, Number(seconds) * 1_000 - monitorMs);
}
