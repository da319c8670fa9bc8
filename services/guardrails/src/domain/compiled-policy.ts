import { hash } from 'node:crypto';
import type { Policy } from '@weir/contracts/guardrails/policy';
import type { AnyCheck } from './check.ts';

/** One policy on one side, as it holds: its checks can be run. */
export interface CompiledPolicy {
  readonly name: string;
  /** Tells what it says now from what it said before. */
  readonly revision: string;
  readonly denial: Policy['denial'];
  readonly checks: readonly AnyCheck[];
}

/** All policies that hold on one side of a request, side by side: for the same text the strictest action wins. */
export interface CompiledScreening {
  readonly policies: readonly CompiledPolicy[];
  /** How a streamed answer passes: `buffered` where one of the policies says so. */
  readonly mode: Policy['output']['mode'];
}

/** Tells what a request and its answer have to pass from all else that there was and will be. */
export function screeningDigest(sides: readonly CompiledScreening[]): string {
  const all = sides.map(({ policies }) => policies.map(({ name, revision }) => [name, revision]));
  return hash('sha256', JSON.stringify(all), 'base64url');
}
