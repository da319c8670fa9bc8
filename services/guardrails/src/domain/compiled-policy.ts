import type { Policy } from '@weir/contracts/guardrails/policy';
import type { AnyCheck } from './check.ts';

/** One policy on one side, as it holds: its checks can be run. */
export interface CompiledPolicy {
  readonly name: string;
  readonly denial: Policy['denial'];
  readonly checks: readonly AnyCheck[];
}

/** All policies that hold on one side of a request, side by side: for the same text the strictest action wins. */
export interface CompiledScreening {
  readonly policies: readonly CompiledPolicy[];
  /** How a streamed answer passes: `buffered` where one of the policies says so. */
  readonly mode: Policy['output']['mode'];
}
