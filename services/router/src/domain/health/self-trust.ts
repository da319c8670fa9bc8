import type { HealthKey, HealthOutcome } from './health.ts';

interface TrustParts {
  /** Whether this process has lacked something of its own within this time. */
  readonly wasShortWithin: (ms: number) => boolean;
}

/** What this router lacked this long ago may still be why a host seems to be silent. */
const shortForMs = 5_000;

/** A host that has answered within this time is taken to be reachable still. */
const reachableForMs = 30_000;

/**
 * Whether this router has reason to believe what it finds of a host that is silent. Where no other host has answered it lately, or it
 * lacked something itself, it may be this router that is cut off. What a host answers is never doubted.
 */
export class SelfTrust {
  readonly #parts: TrustParts;
  /** Of the operator's own hosts, of which there are only so many. */
  readonly #answeredAtMs = new Map<string, number>();

  constructor(parts: TrustParts) {
    this.#parts = parts;
  }

  /** Takes note of how an attempt ended. Returns what is to be made of it: while this router lacks something, silence says nothing. */
  judge({ host, isShared }: HealthKey, outcome: HealthOutcome, nowMs: number): HealthOutcome {
    if (isSilence(outcome)) return this.#parts.wasShortWithin(shortForMs) ? { kind: 'neutral' } : outcome;
    if (isShared && outcome.kind !== 'neutral') this.#answeredAtMs.set(host, nowMs);
    return outcome;
  }

  /** Whether the failure may be this router's own. */
  doubts({ host }: HealthKey, outcome: HealthOutcome, nowMs: number): boolean {
    if (!isSilence(outcome)) return false;
    for (const [other, atMs] of this.#answeredAtMs) {
      if (other !== host && nowMs - atMs <= reachableForMs) return false;
    }
    return true;
  }
}

const isSilence = (outcome: HealthOutcome) => outcome.kind === 'failure' && outcome.isSilent === true;
