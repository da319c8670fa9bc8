import { isAlphanumeric } from './characters.ts';
import type { PiiFinding } from './finding.ts';
import type { NormalizedText } from './normalize.ts';

/** A finding in units of the normalised text, which others may overlap. */
export type Candidate = PiiFinding;

export const strong = (
  entity: Candidate['entity'],
  rule: string,
  start: number,
  end: number,
  score: number,
): Candidate => ({ entity, tier: 1, start, end, score, rule });

function precedes(a: Candidate, b: Candidate): number {
  return a.tier - b.tier || b.score - a.score || b.end - b.start - (a.end - a.start) || a.start - b.start;
}

/**
 * Of candidates that overlap, the best: by tier, score, and length. It looks only at those that hang together by overlapping, so
 * that a place which none spans separates what is before it from what is behind it.
 */
export function choose(text: NormalizedText, candidates: Candidate[]): Candidate[] {
  if (candidates.length < 2) return candidates;
  candidates.sort((a, b) => a.start - b.start);
  const chosen: Candidate[] = [];
  for (let index = 0; index < candidates.length;) {
    const cluster: Candidate[] = [];
    let end = candidates[index]?.end ?? 0;
    for (let next = candidates[index]; next && (cluster.length === 0 || next.start < end);) {
      cluster.push(next);
      end = Math.max(end, next.end);
      next = candidates[(index += 1)];
    }
    chosen.push(...(cluster.length === 1 ? cluster : chooseOf(text, cluster, end)));
  }
  return chosen;
}

/** Of another country's number nobody knows where it ends. */
const mayBeTooLong = 'phone.international';
const alwaysCut: ReadonlySet<Candidate['entity']> = new Set(['address', 'person_name'] as const);

/** The score from which on words name what is found. */
const namedScore = 0.5;

/** Whether what is left of it beside a better finding is personal data as well: it may be that the other is none. */
const mayBeCut = ({ entity, tier, score, rule }: Candidate) =>
  alwaysCut.has(entity) || (tier === 1 ? rule !== mayBeTooLong : score >= namedScore);

function chooseOf(text: NormalizedText, cluster: Candidate[], end: number): Candidate[] {
  const first = cluster[0]?.start ?? 0;
  const taken = new Uint8Array(end - first);
  const chosen = cluster.sort(precedes).flatMap((candidate) => {
    const parts = freeParts(taken, candidate.start - first, candidate.end - first);
    const isWhole = parts.length === 1 && lengthOf(parts[0]) === lengthOf(candidate);
    if (!isWhole && !mayBeCut(candidate)) return [];
    return parts.flatMap((part) => {
      taken.fill(1, part.start, part.end);
      const { start, end: partEnd } = trimmed(text, part.start + first, part.end + first);
      return isWhole ? [candidate] : start < partEnd ? [{ ...candidate, start, end: partEnd }] : [];
    });
  });
  return chosen.sort((a, b) => a.start - b.start);
}

interface Stretch {
  readonly start: number;
  readonly end: number;
}

const lengthOf = (stretch: Stretch | undefined) => (stretch ? stretch.end - stretch.start : 0);

/** A stretch without what is neither letter nor digit at its ends. */
function trimmed(text: NormalizedText, start: number, end: number): Stretch {
  while (start < end && !isAlphanumeric(text.at(start))) start += 1;
  while (end > start && !isAlphanumeric(text.at(end - 1))) end -= 1;
  return { start, end };
}

/** The stretches that are not taken. */
function freeParts(taken: Uint8Array, from: number, to: number): Stretch[] {
  const parts: Stretch[] = [];
  const all = taken.subarray(0, to);
  for (let start = all.indexOf(0, from); start >= 0;) {
    const next = all.indexOf(1, start);
    const end = next < 0 ? to : next;
    parts.push({ start, end });
    start = next < 0 ? -1 : all.indexOf(0, next);
  }
  return parts;
}

/** In units of the text as it was given. */
export function toFinding(text: NormalizedText, candidate: Candidate): PiiFinding {
  return { ...candidate, start: text.startOf(candidate.start), end: text.endOf(candidate.end - 1) };
}
