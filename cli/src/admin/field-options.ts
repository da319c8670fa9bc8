import { type Command, Option } from 'commander';
import { z } from 'zod';
import type { AdminCommand } from './admin-command.ts';
import { parseList, parseNumber, parsePairs, parseSeconds, parseTime } from './field-parsers.ts';
import { fieldTexts, type FieldText } from './field-texts.ts';

/** A field of a request as the command line has it. */
export interface FieldOption extends FieldText {
  readonly field: string;
  /** As messages call it: `id` for an argument, `--team` for an option. */
  readonly name: string;
  readonly isRequired: boolean;
  readonly isArgument: boolean;
  /** Whether what it is parsed to are fields of the request, and not one. */
  readonly isCombined?: boolean;
  /** Two for a field that is true or false: `--enabled` and `--no-enabled`. */
  readonly options: readonly Option[];
}

/** What the text of an option has become. */
interface Boxed {
  readonly value: unknown;
}

/** Fields that come from elsewhere: pages are followed, revisions and idempotency keys are headers, secrets are asked for. */
const ownWays = new Set(['limit', 'after', 'expectedRevision', 'idempotencyKey']);

/** What the command line gives of a contract's fields, in the contract's order. What is in the path comes first. */
export function fieldOptions({
  combined,
  endpoint,
  fixed,
  positional = [],
  secret,
  texts,
}: AdminCommand): FieldOption[] {
  const { http, input } = endpoint;
  const inPath = Object.keys(http.params?.shape ?? {});
  const others = Object.keys(input.shape).filter(
    (field) =>
      !fixed &&
      !(http.csv && field === 'format') &&
      !inPath.includes(field) &&
      !ownWays.has(field) &&
      !(secret && field === http.sealed?.field),
  );
  const isApart = (field: string) => !combined?.fields.includes(field);
  const single = [...inPath, ...others].filter(isApart).map((field) => {
    const text = texts?.[field] ?? fieldTexts[field] ?? { help: '' };
    const isArgument = inPath.includes(field) || positional.includes(field);
    const made = optionOf(field, input.shape[field] as z.ZodType, text);
    const name = isArgument ? field.replaceAll('_', '-') : (made.options[0]?.long ?? field);
    return { ...made, name, isArgument };
  });
  if (!combined) return single;
  const shared = { isRequired: true, isArgument: true, isCombined: true, options: [] };
  return [{ ...combined, ...shared, field: combined.name }, ...single];
}

function optionOf(
  field: string,
  schema: z.ZodType,
  text: FieldText,
): Omit<FieldOption, 'isArgument' | 'name'> {
  const { inner, isNullable, isRequired } = unwrap(schema);
  const flag = text.flag ?? field.replaceAll('_', '-');
  const option = { ...text, field, isRequired };
  if (inner instanceof z.ZodBoolean && !text.parse) {
    const not = new Option(`--no-${flag}`, `not: ${text.help}`);
    return { ...option, options: [new Option(`--${flag}`, text.help), not] };
  }
  if (inner instanceof z.ZodLiteral && inner.value === true)
    return { ...option, options: [new Option(`--${flag}`, text.help)] };
  const { choices, explain = '', parse } = parserOf(field, inner, isNullable, text);
  const help = `${text.help}${explain}${isRequired ? ' (required)' : ''}`;
  const made = new Option(`--${flag} <${text.value ?? 'text'}>`, help);
  if (choices) made.choices(choices);
  if (parse) {
    // What it becomes is boxed: commander makes an empty text of null.
    made.argParser<Boxed | undefined>((text, before) => ({ value: parse(text, before?.value) }));
  }
  return { ...option, ...(parse && { parse }), options: [made] };
}

/** What was given for the field of an option, of whatever the command has parsed. */
export function givenOption(command: Command, { field, options, parse }: FieldOption): unknown {
  const given: unknown = command.getOptionValue(options[0]?.attributeName() ?? field);
  return parse && given !== undefined ? (given as Boxed).value : given;
}

interface FieldParser {
  readonly choices?: readonly string[];
  /** What its help says of it. */
  readonly explain?: string;
  readonly parse?: FieldText['parse'];
}

function parserOf(
  field: string,
  inner: z.ZodType,
  isNullable: boolean,
  { load, parse }: FieldText,
): FieldParser {
  // What names a file stays as it is until the file is read.
  if (parse ?? load) return { parse };
  if (field === 'grace_seconds') return { parse: parseSeconds };
  if (inner instanceof z.ZodEnum) return { choices: inner.options.map(String) };
  if (inner instanceof z.ZodRecord) return { parse: parsePairs };
  if (inner instanceof z.ZodNumber) return { parse: parseNumber };
  if (inner instanceof z.ZodArray) {
    const { element } = inner;
    const choices = element instanceof z.ZodEnum ? element.options.map(String) : undefined;
    // Nothing restricts what is null, while an empty list lets nothing through: the two must not be called alike.
    return isNullable
      ? { parse: (text) => (text === 'any' ? null : parseList(text)), explain: ', "any" or "none"' }
      : { parse: parseList, ...(choices && { choices }) };
  }
  const one = inner instanceof z.ZodISODateTime ? timeParser(field) : (text: string) => text;
  if (!isNullable) return { parse: one };
  return { parse: (text) => (text === 'none' ? null : one(text)), explain: ', or "none"' };
}

const timeParser = (field: string) => (text: string) =>
  parseTime(text, { isPast: field === 'from' || field === 'to' });

function unwrap(schema: z.ZodType) {
  let inner = schema;
  let isNullable = false;
  let isRequired = true;
  while (inner instanceof z.ZodNullable || inner instanceof z.ZodOptional || inner instanceof z.ZodDefault) {
    if (inner instanceof z.ZodNullable) isNullable = true;
    else isRequired = false;
    inner = inner.unwrap() as z.ZodType;
  }
  return { inner, isNullable, isRequired };
}
