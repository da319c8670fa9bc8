import { parseArgs } from 'node:util';
import { dirname, resolve } from 'node:path';
import { natsVersion } from './processes.ts';
import { attempt } from './attempt.ts';
import { writePage } from './page.ts';
import { type RowResult, writeResult } from './result.ts';
import { rows } from './rows/catalogue.ts';

/**
 * `npm run chaos`: does harm to real processes, row after row, and tells what became of the requests meanwhile. Ends with exit code 1 where
 * a row is not as it should be. With `--write` the results become the table in docs/operations.md.
 */
const { values } = parseArgs({
  options: {
    /** Only rows whose name has one of these in it, with commas between them. */
    only: { type: 'string', default: '' },
    /** A nats-server to take; the one that `npm start` would take unless given. */
    nats: { type: 'string' },
    list: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log('npm run chaos -- [--only NAME,NAME] [--nats FILE] [--list] [--write]');
  process.exit();
}
const chosen = rows.filter(({ name }) => values.only.split(',').some((part) => name.includes(part)));
if (values.list || chosen.length === 0) {
  for (const { name, part, done } of rows) console.log(`${name.padEnd(28)} ${part}: ${done}`);
  process.exit(values.list ? 0 : 2);
}
if (values.nats !== undefined)
  process.env['PATH'] = `${dirname(resolve(values.nats))}:${process.env['PATH']}`;
const names = rows.map(({ name }) => name);
const results: RowResult[] = [];
for (const row of chosen) {
  const reason = row.unavailable?.();
  if (reason !== undefined) {
    console.log(`skipped  ${row.name}: ${reason}`);
    continue;
  }
  const result = { ...(await attempt(row)), nats: natsVersion() };
  results.push(result);
  print(result);
  // At once, since a whole run takes half an hour. What is not as it should be is mended, and not written down.
  if (values.write && result.problems.length === 0) await writePage(writeResult(result, names));
}
process.exit(results.some(({ problems }) => problems.length > 0) ? 1 : 0);

function print(result: RowResult): void {
  const { name, part, done, requests, failed, codes, problems } = result;
  console.log(
    `${problems.length === 0 ? 'ok    ' : 'FAILED'} ${name}: ${part}: ${done}; nats-server ${result.nats}`,
  );
  if (requests > 0) {
    console.log(`       ${failed} of ${requests} requests failed${listOf(codes, '')}`);
    console.log(
      `       until ${result.failuresLastedMs} of ${result.harmMs} ms, ${result.recoveredAfterMs} ms after; longest wait ${result.longestWaitMs} of ${result.deadlineMs} ms; no ingress ready for ${result.allNotReadyMs} ms`,
    );
    console.log(
      `       ${result.calls} calls to the provider, ${result.events} events${listOf(result.unsent, ', and of attempts that reached none')}`,
    );
  }
  if (result.seen) console.log(`       ${result.seen}`);
  for (const problem of problems) console.log(`     ! ${problem}`);
}

function listOf(counts: Readonly<Record<string, number>>, what: string): string {
  const listed = Object.entries(counts).map(([name, count]) => `${count} x ${name}`);
  return listed.length > 0 ? `${what}: ${listed.join(', ')}` : '';
}
