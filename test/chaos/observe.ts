import { readFileSync } from 'node:fs';
import { writePolicy } from '@weir/contracts/admin/guardrail-policies';
import { keyWithLimits } from '@weir/testkit/spending/spending';
import { askAdmin } from '../helpers/admin.ts';
import { expectText, type Observation } from './row.ts';
import type { Stand } from './stand.ts';

/** Asks what the cost service has to admit. */
export async function limitedQuestion({ admin }: Stand) {
  const { key } = await keyWithLimits(admin, [{ unit: 'usd', limit: '500', window: 'day' }]);
  return { key };
}

/** Asks what guardrails have to screen. */
export async function screenedQuestion({ admin }: Stand) {
  const policy = { input: { checks: [{ type: 'pii' as const, action: 'mask' as const }] } };
  await admin.call(writePolicy, { name: 'chaos', policy });
  return { headers: { 'x-weir-guardrails': 'chaos' } };
}

/** The admin API's status, as its JSON; why not where there is none. */
export async function statusOf({ gateway }: Stand): Promise<string> {
  return askAdmin(gateway.url, 'GET', '/status').then(({ text }) => text, String);
}

/** An operator is told of it in `/ready`, in status or in the log. */
export async function observeTold(stand: Stand, pattern: RegExp): Promise<Observation> {
  const told = {
    '`/ready`': stand.targets.said().join('\n'),
    status: await statusOf(stand),
    log: stand.gateway.log().join('\n'),
  };
  const found = Object.entries(told).filter(([, text]) => pattern.test(text));
  const [[, text] = ['', told.log.slice(-600)]] = found;
  return expectText(text, pattern, found.map(([place]) => place).join(', ') || '`/ready`, status or log');
}

/** How many connections of clients a server has: those that Linux has as established at its port. */
export function connectionsAt(port: number): number {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const isOne = new RegExp(String.raw`^\s*\d+: [0-9A-F]+:${hex} [0-9A-F:]+ 01 `);
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .filter((line) => isOne.test(line)).length;
}
