import { setTimeout as delay } from 'node:timers/promises';
import { accountOf, type Account } from './account.ts';
import { graceMs, Load, untilAnswered } from './load.ts';
import type { LoadRow, Observation } from './row.ts';
import type { RowResult } from './result.ts';
import type { Stand } from './stand.ts';

type Measured = Omit<RowResult, 'name' | 'part' | 'done' | 'nats' | 'problems'>;

/** As the row says, unless given. */
interface RunOptions {
  readonly harmMs?: number;
  /** The share of requests that may fail beyond what the row allows: where the harm is short, a few are a large one. */
  readonly slack?: number;
}

/** Puts load on the stand, does harm to it, takes the harm back, and judges what callers saw meanwhile. */
export async function runRow(
  row: LoadRow,
  stand: Stand,
  { harmMs = row.harmMs, slack = 0 }: RunOptions = {},
): Promise<Omit<RowResult, 'nats'>> {
  const { perSecond = 20, deadlineMs = 10_000, bounds } = row;
  const question = await row.question?.(stand);
  const load = new Load({ targets: stand.targets, perSecond, deadlineMs, ...(question && { question }) });
  const isWarm = await untilAnswered(load, performance.now(), perSecond, 20_000);
  if (!isWarm) throw new Error(`${row.name}: it does not even work before: ${describe(load)}`);

  const harmedAtMs = performance.now();
  const heal = await row.harm(stand);
  await delay(harmMs - (performance.now() - harmedAtMs));
  const observation = (await row.observe?.(stand)) ?? { seen: '', problems: [] };
  const healedAtMs = performance.now();
  await heal();
  const hasRecovered = await untilAnswered(load, healedAtMs, 2 * perSecond, bounds.recoversWithinMs + 15_000);
  await load.stop();

  const account = await accountOf(load, stand);
  const measured = measure(load, { harmedAtMs, healedAtMs, deadlineMs, account, observation, stand });
  const hopeless = load.outcomes.filter(
    ({ result, hasRetryAfter }) => result === 'overloaded' && !hasRetryAfter,
  );
  const problems = [
    ...atMost('refusals as full that do not say when to come again', hopeless.length, 0),
    ...problemsOf(row, measured, shareOf(load, harmedAtMs, healedAtMs) - slack),
    ...(hasRecovered ? [] : ['it does not recover']),
    ...observation.problems,
    ...account.differences.slice(0, 5),
  ];
  return { name: row.name, part: row.part, done: row.done, ...measured, problems };
}

interface Moments {
  readonly harmedAtMs: number;
  readonly healedAtMs: number;
  readonly deadlineMs: number;
  readonly account: Account;
  readonly observation: Observation;
  readonly stand: Stand;
}

function measure(load: Load, moments: Moments): Measured {
  const { harmedAtMs, healedAtMs, deadlineMs, account, observation, stand } = moments;
  const outcomes = load.outcomes.filter(({ askedAtMs, tookMs }) => askedAtMs + tookMs >= harmedAtMs);
  const failures = outcomes.filter(({ result }) => result !== 'ok');
  const codes: Record<string, number> = {};
  for (const { result } of failures) codes[result] = (codes[result] ?? 0) + 1;
  const lastAfter = (fromMs: number, toMs: number) =>
    Math.max(
      0,
      ...failures
        .filter(({ askedAtMs }) => askedAtMs >= fromMs && askedAtMs < toMs)
        .map(({ askedAtMs }) => Math.round(askedAtMs - fromMs)),
    );
  return {
    requests: outcomes.length,
    failed: failures.length,
    codes,
    longestWaitMs: Math.round(Math.max(0, ...outcomes.map(({ tookMs }) => tookMs))),
    deadlineMs,
    harmMs: Math.round(healedAtMs - harmedAtMs),
    failuresLastedMs: lastAfter(harmedAtMs, healedAtMs),
    recoveredAfterMs: lastAfter(healedAtMs, Infinity),
    allNotReadyMs: Math.round(stand.targets.outageMs(harmedAtMs)),
    calls: account.calls,
    events: account.events,
    unsent: account.unsent,
    seen: observation.seen,
  };
}

const atMost = (what: string, value: number, limit: number) =>
  value > limit ? [`${what}: ${value} where ${limit} is the most`] : [];

/** The share of the requests that failed of those that were asked while the harm lasted. */
function shareOf(load: Load, fromMs: number, toMs: number): number {
  const during = load.outcomes.filter(({ askedAtMs }) => askedAtMs >= fromMs && askedAtMs < toMs);
  return during.filter(({ result }) => result !== 'ok').length / Math.max(1, during.length);
}

function problemsOf({ bounds }: LoadRow, measured: Measured, failedShare: number): string[] {
  const strange = Object.keys(measured.codes).filter((code) => bounds.codes?.includes(code) === false);
  return [
    ...atMost('share of failed requests', Math.round(failedShare * 1_000) / 1_000, bounds.failedShare),
    ...atMost('failures end, ms', measured.failuresLastedMs, bounds.failuresEndWithinMs ?? Infinity),
    ...atMost('recovers, ms', measured.recoveredAfterMs, bounds.recoversWithinMs),
    ...atMost(
      'longest wait, ms',
      measured.longestWaitMs,
      bounds.longestWaitMs ?? measured.deadlineMs + graceMs / 2,
    ),
    ...atMost('no ingress is ready, ms', measured.allNotReadyMs, bounds.allNotReadyMs ?? Infinity),
    ...strange.map((code) => `callers are told ${code} (${measured.codes[code]} times)`),
  ];
}

const describe = (load: Load) =>
  JSON.stringify([...new Set(load.outcomes.map(({ result, status }) => `${status} ${result}`))]);
