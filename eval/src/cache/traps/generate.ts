import { Random } from '../../guardrails/generator/random.ts';
import type { Trap, TrapTemplates } from './trap.ts';

/** All traps of the templates, each in a form of its own: as written, in lower or upper case, with and without diacritics. */
export function generateTraps(templates: readonly TrapTemplates[], seed: number): Trap[] {
  const random = new Random(seed);
  return templates.flatMap(({ slice, language, frames, differences }) =>
    frames.flatMap((frame) =>
      differences.flatMap((difference) => {
        const [left = '', right = ''] = difference.split('|').map((side) => side.trim());
        const texts: [string, string] = [fill(frame, left, right), fill(frame, right, left)];
        if (random.next() < 0.5) texts.reverse();
        const [cached, asked] = texts;
        return formsOf(language, random).map((form) => ({
          slice,
          language,
          cached: form.cached(cached),
          asked: form.asked(asked),
        }));
      }),
    ),
  );
}

function fill(frame: string, here: string, there: string): string {
  const text = frame
    .replace('{}', here)
    .replace('{a}', here)
    .replace('{b}', there)
    .replaceAll(/ {2,}/gu, ' ')
    .trim();
  return text.charAt(0).toUpperCase() === frame.charAt(0) || frame.startsWith('{')
    ? text.charAt(0).toUpperCase() + text.slice(1)
    : text;
}

type Change = (text: string) => string;

const asWritten: Change = (text) => text;
const lower: Change = (text) => text.toLowerCase().replaceAll(/[?.!]/gu, '');
const upper: Change = (text) => text.toUpperCase();
const plain: Change = (text) =>
  text
    .normalize('NFD')
    .replaceAll(/[\u0300-\u036f]/gu, '')
    .replaceAll('đ', 'd')
    .replaceAll('Đ', 'D');
const plainLower: Change = (text) => plain(lower(text));

/** As written, and one form by chance. */
function formsOf(language: Trap['language'], random: Random): { cached: Change; asked: Change }[] {
  const changes: Change[] =
    language === 'vi'
      ? [lower, upper, plain, plainLower]
      : language === 'en'
        ? [lower, upper]
        : [asWritten, lower];
  const changed = random.pick(changes);
  const other = random.next() < 0.5 ? changed : random.pick([asWritten, ...changes]);
  return [
    { cached: asWritten, asked: asWritten },
    { cached: changed, asked: other },
  ];
}
