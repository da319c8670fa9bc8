import type { Entity, Level, Tier } from '@weir/contracts/guardrails/entities';

/** A stretch of a text that is personal data, or a secret. */
export interface PiiFinding {
  readonly entity: Entity;
  readonly tier: Tier;
  /** In UTF-16 units of the text as it was given. */
  readonly start: number;
  readonly end: number;
  /** From 0 to 1. */
  readonly score: number;
  /** By which rule it was found: `phone.mobile`, `cccd.domestic`. */
  readonly rule: string;
}

export interface ScanOptions {
  readonly level: Level;
  /** Whether the text is JSON's, in which characters may be escaped (`\u0040`). */
  readonly isJson?: boolean;
}
