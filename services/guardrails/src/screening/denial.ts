import type { Direction } from '@weir/contracts/guardrails/policy';
import type { ScreeningSummary } from '@weir/contracts/guardrails/summary';
import { Fault } from '@weir/service-kit/fault';
import { type AttributedFinding, ruleOf } from './merge-findings.ts';

interface DenialParts {
  readonly direction: Direction;
  /** Of the text that is denied; undefined where it is all of them. */
  readonly path: string | undefined;
  readonly speaksPortkey: boolean;
  readonly summary: ScreeningSummary;
}

/** A policy refuses a request or an answer. What it says of the reason holds nothing of the text. */
export class Denial extends Fault {
  constructor({ by, finding }: AttributedFinding, { direction, path, speaksPortkey, summary }: DenialParts) {
    const what = direction === 'input' ? 'request' : 'answer';
    const where = path ? ` in ${path}` : '';
    super(speaksPortkey || by.denial === 'portkey' ? 'guardrail_denied' : 'content_policy_violation', {
      message: `The guardrail policy "${by.policy}" denies this ${what}: its check "${by.check.id}" found "${ruleOf(finding)}"${where}.`,
      // The answer has no field that its caller could mend.
      ...(direction === 'input' && path && { param: path }),
      guardrails: summary,
    });
  }
}
