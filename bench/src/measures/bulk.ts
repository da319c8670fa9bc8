import { testKey } from '@weir/testkit/gateway';
import { Pool } from 'undici';
import type { Measure } from '../report.ts';
import type { Stack } from '../stack.ts';
import { quantile } from '../statistics.ts';

const largeBodyBytes = 1024 * 1024;
const largePerSecond = 10;
const headers = { 'content-type': 'application/json', authorization: `Bearer ${testKey}` };

const largeRequest = JSON.stringify({
  model: 'gpt-5-mini',
  messages: [{ role: 'user', content: 'x'.repeat(largeBodyBytes) }],
  max_completion_tokens: 1,
});

/**
 * How long small questions over the bus take while large bodies pass, beside the same without them. The small ones
 * are for the list of models, since a provider that is busy with a large body is not what is measured.
 */
export async function measureBulk({ gateway }: Stack, seconds: number): Promise<Measure[]> {
  const pool = new Pool(gateway.url, { connections: largePerSecond });
  await smallP99Ms(pool, 1);
  const aloneMs = await smallP99Ms(pool, seconds);

  const large: Promise<void>[] = [];
  const timer = setInterval(() => large.push(sendLarge(pool)), 1000 / largePerSecond);
  const besideMs = await smallP99Ms(pool, seconds);
  clearInterval(timer);
  await Promise.all(large);
  await pool.close();

  const against = `the same without ${largePerSecond} bodies of 1 MiB a second: ${aloneMs.toFixed(2)} ms`;
  return [{ name: 'bulk.small_p99_ms', value: besideMs, unit: 'ms', better: 'lower', against }];
}

async function smallP99Ms(pool: Pool, seconds: number): Promise<number> {
  const latenciesMs: number[] = [];
  const untilMs = performance.now() + seconds * 1000;
  while (performance.now() < untilMs) {
    const startedAtMs = performance.now();
    const answer = await pool.request({ method: 'GET', path: '/v1/models', headers });
    await answer.body.dump();
    latenciesMs.push(performance.now() - startedAtMs);
  }
  return quantile(latenciesMs, 0.99);
}

async function sendLarge(pool: Pool): Promise<void> {
  const path = '/v1/chat/completions';
  const answer = await pool.request({ method: 'POST', path, headers, body: largeRequest });
  await answer.body.dump();
  if (answer.statusCode !== 200) throw new Error(`a large request failed with ${answer.statusCode}`);
}
