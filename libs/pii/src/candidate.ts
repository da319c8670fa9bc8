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
export function choose(candidates: Candidate[]): Candidate[] {
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
    chosen.push(...(cluster.length === 1 ? cluster : chooseOf(cluster, end)));
  }
  return chosen;
}

/** What is still personal data where a part of it belongs to something else. */
const mayBeCut: ReadonlySet<Candidate['entity']> = new Set([
  'address',
  'email',
  'person_name',
  'secret',
] as const);

/** The score from which on words name a number: what is left of it beside another is as much of it as there is. */
const namedScore = 0.5;

function chooseOf(cluster: Candidate[], end: number): Candidate[] {
  const first = cluster[0]?.start ?? 0;
  const taken = new Uint8Array(end - first);
  const chosen = cluster.sort(precedes).flatMap((candidate) => {
    const parts = freeParts(taken, candidate.start - first, candidate.end - first);
    const isWhole = parts.length === 1 && lengthOf(parts[0]) === lengthOf(candidate);
    if (!(
      isWhole ||
      mayBeCut.has(candidate.entity) ||
      (candidate.tier === 2 && candidate.score >= namedScore)
    ))
      return [];
    return parts.map((part) => {
      taken.fill(1, part.start, part.end);
      return { ...candidate, start: part.start + first, end: part.end + first };
    });
  });
  return chosen.sort((a, b) => a.start - b.start);
}

interface Stretch {
  readonly start: number;
  readonly end: number;
}

const lengthOf = (stretch: Stretch | undefined) => (stretch ? stretch.end - stretch.start : 0);

/** The stretches that are not taken. */
function freeParts(taken: Uint8Array, from: number, to: number): Stretch[] {
  const parts: Stretch[] = [];
  for (let start = from; start < to; start += 1) {
    if (taken[start] === 1) continue;
    const next = taken.subarray(0, to).indexOf(1, start);
    const end = next < 0 ? to : next;
    parts.push({ start, end });
    start = end;
  }
  return parts;
}

/** In units of the text as it was given. */
export function toFinding(text: NormalizedText, candidate: Candidate): PiiFinding {
  return { ...candidate, start: text.startOf(candidate.start), end: text.endOf(candidate.end - 1) };
}
