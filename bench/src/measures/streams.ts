import { testKey } from '@weir/testkit/gateway';
import { Pool } from 'undici';
import type { Measure } from '../report.ts';
import type { Stack } from '../stack.ts';
import { median } from '../statistics.ts';

const connections = 32;
const firstTokenSamples = 300;

const streamRequest = (words: number) => {
  const content = Array.from({ length: words }, (_, i) => `word${i}`).join(' ');
  return JSON.stringify({ model: 'gpt-5-mini', stream: true, messages: [{ role: 'user', content }] });
};

const longAnswer = streamRequest(200);

/** A provider sends its first tokens alone; an instant one would send hundreds in the same packet. */
const shortAnswer = streamRequest(4);

/** Events a second through the gateway and through a bare proxy, and what the gateway adds before the first one. */
export async function measureStreams(
  { gateway, bareProxy, provider }: Stack,
  seconds: number,
): Promise<Measure[]> {
  await eventsPerSecond(gateway.url, 2);
  const rates = { through: [] as number[], bare: [] as number[] };
  for (let round = 0; round < 3; round++) {
    rates.bare.push(await eventsPerSecond(bareProxy.url, seconds));
    rates.through.push(await eventsPerSecond(gateway.url, seconds));
  }
  const addedMs = await addedFirstTokenMs(gateway.url, provider.url);
  const ratios = rates.through.map((rate, i) => rate / (rates.bare[i] ?? NaN));
  const against = `bare Fastify + undici: ${median(rates.bare).toFixed(0)} chunks/s`;
  return [
    {
      name: 'stream.chunks_per_s',
      value: median(rates.through),
      unit: 'chunks/s',
      better: 'higher',
      against,
    },
    { name: 'stream.vs_bare', value: median(ratios), unit: 'ratio', better: 'higher', against },
    {
      name: 'ttft.added_p50_ms',
      value: addedMs,
      unit: 'ms',
      better: 'lower',
      target: 2,
      against: 'the provider asked directly; without guardrails',
    },
  ];
}

/** Reads streams on all connections for the time given, and counts their events. */
async function eventsPerSecond(url: string, seconds: number): Promise<number> {
  const pool = new Pool(url, { connections });
  const untilMs = performance.now() + seconds * 1000;
  const startedAtMs = performance.now();
  const counts = await Promise.all(
    Array.from({ length: connections }, async () => {
      let events = 0;
      while (performance.now() < untilMs) events += await countEvents(await ask(pool, longAnswer));
      return events;
    }),
  );
  const elapsedS = (performance.now() - startedAtMs) / 1000;
  await pool.close();
  return counts.reduce((sum, count) => sum + count, 0) / elapsedS;
}

/** The median of the differences of pairs, each asked one after the other. */
async function addedFirstTokenMs(throughUrl: string, directUrl: string): Promise<number> {
  const pools = [new Pool(throughUrl), new Pool(directUrl)] as const;
  const differences: number[] = [];
  for (let sample = 0; sample < firstTokenSamples; sample++) {
    const through = await firstTokenMs(pools[0]);
    const direct = await firstTokenMs(pools[1]);
    differences.push(through - direct);
  }
  await Promise.all(pools.map((pool) => pool.close()));
  return median(differences);
}

async function firstTokenMs(pool: Pool): Promise<number> {
  const startedAtMs = performance.now();
  const body = await ask(pool, shortAnswer);
  let firstAtMs: number | undefined;
  for await (const part of body) if (part.length > 0) firstAtMs ??= performance.now();
  return (firstAtMs ?? NaN) - startedAtMs;
}

async function ask(pool: Pool, body: string): Promise<AsyncIterable<Buffer>> {
  const answer = await pool.request({
    method: 'POST',
    path: '/v1/chat/completions',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${testKey}` },
    body,
  });
  if (answer.statusCode !== 200) throw new Error(`status ${answer.statusCode}: ${await answer.body.text()}`);
  return answer.body;
}

async function countEvents(body: AsyncIterable<Buffer>): Promise<number> {
  let events = 0;
  let last: Buffer = Buffer.alloc(0);
  for await (const part of body) {
    for (let at = part.indexOf('data: '); at !== -1; at = part.indexOf('data: ', at + 6)) events++;
    last = part;
  }
  if (!last.toString().includes('[DONE]'))
    throw new Error('a stream did not end well: the figures mean nothing');
  return events;
}
