import type { Node, Target } from './target.ts';

/** A routing config, ready to choose by. */
export interface CompiledConfig {
  readonly root: Node;
  /** What becomes of a stream that breaks after its first content. */
  readonly onStreamFailure: 'error' | 'continue';
  readonly hedge: { readonly percentile: number; readonly delayMs: number } | undefined;
  /** `share` is from 0 to 1. */
  readonly mirror: { readonly target: Target; readonly share: number } | undefined;
  readonly modelAliases: ReadonlyMap<string, string>;
  /** By the name of the model that failed, without aliases; `*` stands for every other. */
  readonly contextWindowFallbacks: ReadonlyMap<string, readonly string[]>;
  readonly contentPolicyFallbacks: ReadonlyMap<string, readonly string[]>;
  /** What of it has no effect, for those who write and use it to read. */
  readonly warnings: readonly string[];
}
