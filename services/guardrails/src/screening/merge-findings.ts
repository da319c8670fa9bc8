import { type Action, actions, type Direction } from '@weir/contracts/guardrails/policy';
import type { YieldTurn } from '@weir/service-kit/event-loop';
import { Fault } from '@weir/service-kit/fault';
import type { Finding } from '../domain/check.ts';
import type { Replacing } from '../masking/placeholders.ts';
import type { CheckInForce } from './check-runner.ts';

/** What a check has found in one text, or in all of them. */
export interface AttributedFinding {
  readonly by: CheckInForce;
  readonly finding: Finding;
}

/** What becomes of a stretch of a text. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly action: Replacing;
  /** What stands there: an entity, or a rule. */
  readonly rule: string;
}

export const ruleOf = ({ entity, rule }: Finding) => entity ?? rule;

export const isStricter = (action: Action, than: Action) => actions.indexOf(action) > actions.indexOf(than);

/** Of the same stretch found by the same rule under several policies, the strictest alone: it is found once. */
export async function withoutRepeats(
  found: readonly AttributedFinding[],
  yieldTurn: YieldTurn,
): Promise<AttributedFinding[]> {
  const strictest = new Map<string, AttributedFinding>();
  for (const one of found) {
    const { text = '', span, action } = one.finding;
    const key = `${text}:${span?.start ?? ''}:${span?.end ?? ''}:${ruleOf(one.finding)}`;
    const known = strictest.get(key);
    if (!known || isStricter(action, known.finding.action)) strictest.set(key, one);
    await yieldTurn();
  }
  return [...strictest.values()];
}

/** The changes that findings in one text ask for: where some overlap, one change of all that they cover, the strictest. */
export function editsOf(findings: readonly Finding[]): Edit[] {
  const edits: Edit[] = [];
  const changing = findings.flatMap((finding): Edit[] => {
    const { span, action } = finding;
    return span && isReplacing(action) ? [{ ...span, action, rule: ruleOf(finding) }] : [];
  });
  for (const next of changing.sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = edits.at(-1);
    if (!last || next.start >= last.end) {
      edits.push(next);
      continue;
    }
    const { action, rule } = isStricter(next.action, last.action) ? next : last;
    edits[edits.length - 1] = { start: last.start, end: Math.max(last.end, next.end), action, rule };
  }
  return edits;
}

function isReplacing(action: Action): action is Replacing {
  return action !== 'report' && action !== 'deny';
}

/** Of one request or answer: some 300 bytes each. */
const maxFindings = 50_000;

const tooManyFindings = (direction: Direction) =>
  direction === 'input'
    ? new Fault('invalid_request', {
        message: `A guardrail policy would have to change more than ${maxFindings} stretches of this request. Send it in parts.`,
      })
    : new Fault('upstream_answer_too_large', {
        message: `A guardrail policy would have to change more than ${maxFindings} stretches of the answer.`,
      });

/** Of more than can be kept reports are passed over, and nothing else is: a denial is kept, and what would be changed is a Fault. */
export function addFinding(found: AttributedFinding[], one: AttributedFinding, direction: Direction): void {
  if (found.length < maxFindings) found.push(one);
  else if (one.finding.action === 'deny') found[0] = one;
  else if (one.finding.action !== 'report') throw tooManyFindings(direction);
}
