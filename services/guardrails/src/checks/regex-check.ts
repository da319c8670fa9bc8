import type { Check } from '@weir/contracts/guardrails/policy';
import { RE2JS, RE2JSException } from 're2js';
import type { Finding, SpanCheck } from '../domain/check.ts';
import { baseOf } from './check-base.ts';
import { InvalidCheck } from './check-dependencies.ts';
import { readingEscapes } from './json-escapes.ts';
import { withoutOverlaps } from './overlaps.ts';

type RegexCheck = Check & { readonly type: 'regex' };

interface CompiledPattern {
  readonly name: string;
  readonly regex: RE2JS;
  readonly maxLength: number;
}

/** Of all patterns of a check, in instructions, of which each may be a step for each character of a text. */
const maxProgramSize = 2_000;

/**
 * A tenant's patterns, each matched as if the text ended `max_length` units after the match's start: so a stream can be judged
 * when that much of it is there, and a longer match is found piece by piece.
 */
export function createRegexCheck(check: RegexCheck): SpanCheck {
  const patterns = check.patterns.map(compile);
  const programSize = patterns.reduce((sum, { regex }) => sum + regex.programSize(), 0);
  if (programSize > maxProgramSize) throw new InvalidCheck('patterns', 'are too large together');
  const maxLength = Math.max(...patterns.map((pattern) => pattern.maxLength));
  const find = (text: string, from = 0): readonly Finding[] =>
    withoutOverlaps(
      patterns.flatMap((pattern) =>
        findMatches(pattern, text, from).map((span) => ({
          span,
          rule: pattern.name,
          score: 1,
          action: check.action,
        })),
      ),
    );
  return readingEscapes({
    ...baseOf(check),
    kind: 'span',
    // `\b` and `^` look at the character before.
    contextLength: 2,
    find: (text, _form, from) => find(text, from),
    settledLength(text, _form, from = 0) {
      // Of `$` and `\b` it is known what they say when the character after is there, of which a surrogate is the half.
      const settled = Math.max(from, text.length - maxLength - 2);
      const open = find(text, from).find(({ span }) => span && span.start < settled && span.end > settled);
      return open?.span?.start ?? settled;
    },
  });
}

function compile(pattern: RegexCheck['patterns'][number], index: number): CompiledPattern {
  const field = `patterns[${index}].pattern`;
  try {
    const regex = RE2JS.compile(pattern.pattern, pattern.ignore_case ? RE2JS.CASE_INSENSITIVE : 0);
    if (regex.matcher('').find()) throw new InvalidCheck(field, 'matches an empty text, and so anywhere');
    return { name: pattern.name, regex, maxLength: pattern.max_length };
  } catch (thrown) {
    if (thrown instanceof RE2JSException) throw new InvalidCheck(field, "is no pattern in RE2's syntax");
    throw thrown;
  }
}

interface Span {
  readonly start: number;
  readonly end: number;
}

function findMatches({ maxLength, regex }: CompiledPattern, text: string, from: number): Span[] {
  const found: Span[] = [];
  let position = from;
  while (position < text.length) {
    if (isInPair(text, position)) position += 1;
    // A match that begins in the first half of the window ends in it.
    const candidate = matchIn(regex, text, position, position + 2 * maxLength);
    if (!candidate || candidate.start >= position + maxLength) {
      position += maxLength;
      continue;
    }
    const { start } = candidate;
    const match = matchIn(regex, text, start, start + maxLength);
    if (match?.start === start && match.end > start) {
      found.push(match);
      position = match.end;
    } else {
      position = start + 1;
    }
  }
  return found;
}

/** The first match from `start` on, as if the text ended at `end`. */
function matchIn(regex: RE2JS, text: string, start: number, end: number): Span | undefined {
  const offset = Math.max(0, start - 2);
  // A character of two units is not cut.
  const matcher = regex.matcher(text.slice(offset, isInPair(text, end) ? end - 1 : end));
  if (!matcher.find(start - offset)) return undefined;
  return { start: matcher.start() + offset, end: matcher.end() + offset };
}

const isInPair = (text: string, index: number) =>
  /^[\uD800-\uDBFF][\uDC00-\uDFFF]$/.test(text.slice(Math.max(0, index - 1), index + 1));
