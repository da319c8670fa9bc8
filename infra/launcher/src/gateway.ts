import { setTimeout as delay } from 'node:timers/promises';
import type { Settings } from './settings.ts';

const pauseMs = 50;
const patienceMs = 10_000;

/** The address at which a program on this machine reaches the ingress. */
export function gatewayUrl({ host, port }: Pick<Settings, 'host' | 'port'>): string {
  const everywhere: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '::1' };
  const address = everywhere[host] ?? host;
  return `http://${address.includes(':') ? `[${address}]` : address}:${port}`;
}

/**
 * Resolves when the gateway says that it can serve. Where that takes long, `onWaiting` is told once what it lacks, in
 * the gateway's own words.
 */
export async function untilReady(url: string, onWaiting: (lacks: string) => void): Promise<void> {
  const patienceEndsMs = performance.now() + patienceMs;
  let told = false;
  for (let lacks = await whatLacks(url); lacks !== undefined; lacks = await whatLacks(url)) {
    if (!told && performance.now() > patienceEndsMs) {
      onWaiting(lacks);
      told = true;
    }
    await delay(pauseMs);
  }
}

async function whatLacks(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(`${url}/ready`);
    const body = await response.text();
    return response.status === 200 ? undefined : body;
  } catch {
    return `nobody listens at ${url}`;
  }
}

/** The model to try the gateway with: `preferred` if it has that, else the first that it names. */
export async function firstModel(url: string, key: string, preferred: string): Promise<string> {
  try {
    const response = await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
    const { data } = (await response.json()) as { data: { id: string }[] };
    return data.some(({ id }) => id === preferred) ? preferred : (data[0]?.id ?? preferred);
  } catch {
    return preferred;
  }
}
