import type { LabelledText } from '../labelled-text.ts';
import { type Evasion, evasions } from './evasions.ts';
import { negatives } from './negatives.ts';
import { Random } from './random.ts';
import { naming, neutral, type Sentence } from './sentences.ts';
import { type ValueKind, valueKinds } from './values.ts';

const textsPerNegative = 40;

/** Every kind of value in every sentence, with every separator, in every evasion; and texts that only look like it. */
export function generateTexts(seed: number): LabelledText[] {
  const random = new Random(seed);
  return [...valueKinds.flatMap((kind) => textsOf(kind, random)), ...negativeTexts(random)];
}

function textsOf(kind: ValueKind, random: Random): LabelledText[] {
  const sentences = kind.needsWords ? naming(kind.entity) : [...neutral, ...naming(kind.entity)];
  const applying = evasions.filter(({ applies }) => applies(kind));
  return sentences.flatMap((sentence) =>
    kind.separators.flatMap((separator) =>
      applying.map((evasion) => write(kind, sentence, separator, evasion, random)),
    ),
  );
}

function write(
  { entity, make }: ValueKind,
  { language, text }: Sentence,
  separator: string,
  { name, change, changeAll, neighbours, form }: Evasion,
  random: Random,
): LabelledText {
  const plain = make(random).join(separator);
  const [before = '', after = ''] = text.split('{v}');
  const parts = [
    before + (neighbours?.[0] ?? ''),
    change ? change(plain, random) : plain,
    (neighbours?.[1] ?? '') + after,
  ].map((part) => changeAll?.(part) ?? part);
  const [head = '', value = ''] = parts;
  return {
    text: parts.join(''),
    language,
    spans: [{ start: head.length, end: head.length + value.length, entity }],
    form: form ?? 'text',
    variant: name,
    source: 'generated',
  };
}

function negativeTexts(random: Random): LabelledText[] {
  return Object.entries(negatives).flatMap(([name, templates]) =>
    templates.flatMap((template) =>
      Array.from({ length: textsPerNegative }, () => negative(name, template(random))),
    ),
  );
}

function negative(variant: string, text: string): LabelledText {
  const language = /[^ -~\n]/.test(text) ? 'vi' : 'en';
  return { text, language, spans: [], form: 'text', variant, source: 'generated' };
}
