import type { Check } from '@weir/contracts/guardrails/policy';
import { estimatePatternCost } from '@weir/service-kit/pattern-cost';
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
}

/** Of all patterns of a check, in instructions, of which each may be a step for each character of a text. */
const maxProgramSize = 2_000;
/** The same as it is estimated before they are compiled: what is within the other is within this. */
const maxEstimatedCost = 2 * maxProgramSize;
/** Units by which the window moves on at least: shorter steps hold back less of a stream, and take longer. */
const minStep = 16;

/**
 * A tenant's patterns. A text is searched in windows, each as if the text ended with it, so that a stream is judged as a whole text
 * is, and in linear time: a window has room for the longest match from each start that counts in it. A match that is longer is
 * found as far as the window goes, and from there on again.
 */
export function createRegexCheck(check: RegexCheck): SpanCheck {
  // Told first, since to compile patterns may take long.
  if (check.patterns.reduce((sum, { pattern }) => sum + estimatePatternCost(pattern), 0) > maxEstimatedCost)
    throw new InvalidCheck('patterns', 'are too large together');
  const patterns = check.patterns.map(compile);
  const programSize = patterns.reduce((sum, { regex }) => sum + regex.programSize(), 0);
  if (programSize > maxProgramSize) throw new InvalidCheck('patterns', 'are too large together');
  const maxLength = Math.max(...check.patterns.map(({ max_length }) => max_length));
  const step = Math.max(minStep, maxLength >> 1);
  const windowLength = step + maxLength;

  const findFrom = (text: string, position: number): readonly Finding[] => {
    // `\b` and `^` look at the character before.
    const offset = Math.max(0, position - maxCharacterLength);
    const window = text.slice(offset, wholeCharacters(text, position + windowLength));
    const spans = patterns.flatMap(({ name: rule, regex }) =>
      matchesIn(regex, window, position - offset, position - offset + step).map(({ end, start }) => {
        const span = { start: start + offset, end: end + offset };
        return { span, rule, score: 1, action: check.action };
      }),
    );
    return withoutOverlaps(spans);
  };
  const nextPosition = (text: string, position: number, found: readonly Finding[]) =>
    Math.max(wholeCharacters(text, position + step), found.at(-1)?.span?.end ?? 0);

  return readingEscapes({
    ...baseOf(check),
    kind: 'span',
    contextLength: maxCharacterLength,
    find(text, _form, from = 0) {
      const found: Finding[] = [];
      for (let position = from; position < text.length;) {
        const inWindow = findFrom(text, position);
        found.push(...inWindow);
        position = nextPosition(text, position, inWindow);
      }
      return found;
    },
    settledLength(text, _form, from = 0) {
      let position = from;
      // One more, since it may be the half of a character that the window ends with.
      while (position + windowLength < text.length) {
        position = nextPosition(text, position, findFrom(text, position));
      }
      return position;
    },
  });
}

function compile(
  { ignore_case, name, pattern }: RegexCheck['patterns'][number],
  index: number,
): CompiledPattern {
  const field = `patterns[${index}].pattern`;
  try {
    const regex = RE2JS.compile(pattern, ignore_case ? RE2JS.CASE_INSENSITIVE : 0);
    if (regex.matcher('').find()) throw new InvalidCheck(field, 'matches an empty text, and so anywhere');
    return { name, regex };
  } catch (thrown) {
    if (thrown instanceof RE2JSException) throw new InvalidCheck(field, "is no pattern in RE2's syntax");
    throw thrown;
  }
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Matches that begin from `from` on, and before `until`. */
function matchesIn(regex: RE2JS, window: string, from: number, until: number): Span[] {
  const found: Span[] = [];
  const matcher = regex.matcher(window);
  for (let position = from; position <= window.length && matcher.find(position);) {
    const [start, end] = [matcher.start(), matcher.end()];
    if (start >= until) break;
    if (end > start) found.push({ start, end });
    position = Math.max(end, start + 1);
  }
  return found;
}

/** Of UTF-16 units. */
const maxCharacterLength = 2;

/** The end of the last whole character before `end`. */
const wholeCharacters = (text: string, end: number) =>
  /^[\uD800-\uDBFF][\uDC00-\uDFFF]$/.test(text.slice(end - 1, end + 1)) ? end - 1 : end;
