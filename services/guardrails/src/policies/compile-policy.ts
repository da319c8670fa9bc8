import type { Check, Direction, Policy } from '@weir/contracts/guardrails/policy';
import { Fault } from '@weir/service-kit/fault';
import { version } from '@weir/service-kit/version';
import { InvalidCheck } from '../checks/check-dependencies.ts';
import type { AnyCheck } from '../domain/check.ts';
import type { CompiledPolicy } from '../domain/compiled-policy.ts';

export type CreateCheck = (check: Check) => AnyCheck;

/** A policy with the checks of both of its sides ready to run. */
export interface CompiledSides extends Readonly<Record<Direction, CompiledPolicy>> {
  /** How a streamed answer passes. */
  readonly mode: Policy['output']['mode'];
  /** What of it has no effect. */
  readonly warnings: readonly string[];
}

/** Throws `invalid_policy`, whose `param` is the path of what is wrong, where a check cannot be made. */
export function compilePolicy(
  name: string,
  policy: Policy,
  createCheck: CreateCheck,
  revision = '',
): CompiledSides {
  const { denial } = policy;
  const compileSide = (side: Direction): CompiledPolicy => ({
    name,
    // Another version may find more by the same policy.
    revision: `${version} ${revision}`,
    denial,
    checks: policy[side].checks.map((check, index) => {
      try {
        return createCheck(check);
      } catch (thrown) {
        if (!(thrown instanceof InvalidCheck)) throw thrown;
        const param = `${side}.checks[${index}].${thrown.field}`;
        throw new Fault('invalid_policy', { message: `${param} ${thrown.message}.`, param, cause: thrown });
      }
    }),
  });
  return {
    input: compileSide('input'),
    output: compileSide('output'),
    mode: policy.output.mode,
    warnings: policyWarnings(policy),
  };
}

function policyWarnings({ input, output }: Policy): string[] {
  const warnings: string[] = [];
  if (input.checks.length + output.checks.length === 0) warnings.push('The policy checks nothing.');
  else if (output.checks.length === 0 && output.mode === 'buffered') {
    warnings.push('output.mode has no effect without output.checks.');
  }
  return warnings;
}
