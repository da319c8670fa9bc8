import { Pool } from 'undici';
import type { Measure } from '../report.ts';
import type { Stack } from '../stack.ts';
import { runLoad } from '../wrk.ts';
import { smallRequest } from './throughput.ts';

const largeBodyBytes = 1024 * 1024;
const largePerSecond = 10;

/** How long small requests take while large bodies pass, beside the same without them. */
export async function measureBulk({ gateway }: Stack, seconds: number): Promise<Measure[]> {
  const load = () =>
    runLoad({ url: `${gateway.url}/v1/chat/completions`, body: smallRequest, connections: 1, seconds });
  await load();
  const alone = await load();

  const pool = new Pool(gateway.url, { connections: largePerSecond });
  const body = JSON.stringify({
    model: 'gpt-5-mini',
    messages: [{ role: 'user', content: 'x'.repeat(largeBodyBytes) }],
    max_completion_tokens: 1,
  });
  const send = async () => {
    const answer = await pool.request({
      method: 'POST',
      path: '/v1/chat/completions',
      headers: { 'content-type': 'application/json', authorization: 'Bearer bench' },
      body,
    });
    await answer.body.dump();
    if (answer.statusCode !== 200) throw new Error(`a large request failed with ${answer.statusCode}`);
  };
  const large: Promise<void>[] = [];
  const timer = setInterval(() => large.push(send()), 1000 / largePerSecond);
  const beside = await load();
  clearInterval(timer);
  await Promise.all(large);
  await pool.close();

  return [
    {
      name: 'bulk.small_p99_ms',
      value: beside.p99Ms,
      unit: 'ms',
      better: 'lower',
      against: `the same without ${largePerSecond} bodies of 1 MiB a second: ${alone.p99Ms.toFixed(2)} ms`,
    },
  ];
}
