import type { HostileCase } from './hostile-case.ts';
import type { LoopBlock } from './loop-blocks.ts';
import type { HostileOutcome } from './send-hostile.ts';

/** Whether all of these answers are what a case has to come to. */
export function isExpected({ expected }: HostileCase, outcomes: readonly HostileOutcome[]): boolean {
  const statuses = [expected.status].flat();
  const codes = expected.code === undefined ? undefined : [expected.code].flat();
  return outcomes.every(
    ({ status, code }) => statuses.includes(status) && (!codes || code === undefined || codes.includes(code)),
  );
}

/** What is wrong with what came of a case: each answer that is another, or that tells its client nothing. */
export function answerProblems(hostile: HostileCase, outcomes: readonly HostileOutcome[]): string[] {
  return outcomes.flatMap((outcome) => {
    const { status, code, raw, requestId } = outcome;
    const seen = `${status} ${code ?? 'without a code'}: ${raw.slice(0, 300)} ... ${raw.slice(-300)}`;
    const isUnclear = status >= 400 && (code === undefined || requestId === undefined);
    return [
      ...(isExpected(hostile, [outcome]) ? [] : [`not expected: ${seen}`]),
      ...(isUnclear ? [`without a code or an id: ${seen}`] : []),
      ...(code === 'internal_error' ? [`an internal error: ${seen}`] : []),
    ];
  });
}

/** The longest of all blocks, in ms of processor time and of the clock, and whose it was. */
export function longestBlock(blocks: Readonly<Record<string, LoopBlock>>) {
  const [service, { blockCpuMs, blockMs }] = Object.entries(blocks).reduce((longest, each) =>
    each[1].blockCpuMs > longest[1].blockCpuMs ? each : longest,
  );
  return { service, cpuMs: blockCpuMs, wallMs: blockMs };
}
