import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import type { RowResult } from './result.ts';

const file = new URL('../../docs/operations.md', import.meta.url);
const begin = '<!-- begin generated: chaos -->';
const end = '<!-- end generated: chaos -->';

/** The page as it should be with these results. */
export async function pageWith(results: readonly RowResult[]): Promise<string> {
  const page = readPage();
  const [before, rest = ''] = page.split(begin);
  const [, after = ''] = rest.split(end);
  const whole = `${before}${begin}\n\n${tableOf(results)}\n\n${end}${after}`;
  return format(whole, { ...(await resolveConfig(file)), parser: 'markdown' });
}

export const readPage = () => readFileSync(file, 'utf8');

export async function writePage(results: readonly RowResult[]): Promise<void> {
  writeFileSync(file, await pageWith(results));
}

function tableOf(results: readonly RowResult[]): string {
  const table = [
    ['Part', 'What is done', 'What happens', 'How long', 'Calls = events'],
    ['---', '---', '---', '---', '---'],
    ...results.map((result) => [
      result.part,
      result.done,
      happened(result),
      howLong(result),
      accounted(result),
    ]),
  ];
  return table.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function happened({ requests, failed, codes, seen, longestWaitMs }: RowResult): string {
  const told = Object.entries(codes)
    .sort(([, one], [, other]) => other - one)
    .map(([code]) => `\`${code}\``);
  const failures =
    failed === 0
      ? `none of ${requests} requests fails`
      : `${failed} of ${requests} requests fail: ${told.join(', ')}`;
  const callers = requests === 0 ? [] : [`${failures}; nobody waits longer than ${seconds(longestWaitMs)}`];
  return [...callers, ...(seen ? [seen] : [])].join('. ');
}

function howLong({ requests, failed, harmMs, failuresLastedMs, recoveredAfterMs }: RowResult): string {
  if (requests === 0) return `told after ${seconds(harmMs)}`;
  if (failed === 0) return `never, of ${seconds(harmMs)}`;
  const after = recoveredAfterMs > 0 ? `, and ${seconds(recoveredAfterMs)} after` : '';
  return `${seconds(failuresLastedMs)} of ${seconds(harmMs)}${after}`;
}

const accounted = ({ requests, calls, events }: RowResult) => (requests === 0 ? '' : `${calls} = ${events}`);

const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
