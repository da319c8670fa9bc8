import type { ChatRequest } from '@weir/contracts/chat/request';

/** The parameters that the contract names, without the index signature that lets others through. */
type Named<T> = { [Key in keyof T as string extends Key ? never : number extends Key ? never : Key]: T[Key] };
type Parameters = Required<Named<ChatRequest>>;

/** Marks a parameter that a dialect translates by code of its own. */
export const translatedApart = Symbol('translated apart');

/** What becomes of one parameter: it keeps its form under the name given, or is put into another form. */
type Mapping<Value> =
  string | { readonly to: string; readonly map: (value: Value) => unknown } | typeof translatedApart;

/** What becomes of each parameter of a chat request. One that is not named is left out, with a warning. */
export type ParameterMap = { readonly [Name in keyof Parameters]?: Mapping<NonNullable<Parameters[Name]>> };

/** Values that ask for what happens anyway: to leave them out loses nothing. */
const asksForNothing = new Map<string, unknown>([
  ['n', 1],
  ['frequency_penalty', 0],
  ['presence_penalty', 0],
  ['logprobs', false],
  ['store', false],
  ['service_tier', 'auto'],
]);

/** Warnings travel in a header, and a caller may send any number of fields. */
const maxWarnings = 16;

/** A name that may stand in a header and in a log. */
export const safeName = /^[\w.-]{1,64}$/;

/**
 * Applies a map to the parameters that a request sets (null is not set). Returns the provider's fields, and a
 * warning for each parameter that the map does not know or that the host is said to reject.
 */
export function mapParameters(
  chat: ChatRequest,
  parameters: ParameterMap,
  unsupportedParams: readonly string[] = [],
): { mapped: Record<string, unknown>; warnings: string[] } {
  const mapped: Record<string, unknown> = {};
  const leftOut: string[] = [];
  const mappings = parameters as Readonly<Record<string, Mapping<unknown> | undefined>>;
  for (const [name, value] of Object.entries(chat)) {
    if (value === null || value === undefined) continue;
    // Callers may name a field anything, `constructor` too.
    const isMapped = Object.hasOwn(mappings, name) && !unsupportedParams.includes(name);
    const mapping = isMapped ? mappings[name] : undefined;
    if (mapping === undefined) {
      if (asksForNothing.get(name) !== value) leftOut.push(name);
    } else if (typeof mapping === 'string') mapped[mapping] = value;
    else if (mapping !== translatedApart) mapped[mapping.to] = mapping.map(value);
  }
  return { mapped, warnings: leftOutWarnings(leftOut) };
}

/** Says, for the caller to read, which of its parameters were left out. */
export function leftOutWarnings(names: readonly string[]): string[] {
  const safe = names.filter((name) => safeName.test(name));
  return notSupportedWarnings(safe, { of: names.length, what: 'parameters' });
}

/** The first of these names, and how many more there are `of` them in all. */
export function notSupportedWarnings(
  names: readonly string[],
  { of, what }: { readonly of: number; readonly what: string },
): string[] {
  const said = names.slice(0, maxWarnings);
  const unsaid = of - said.length;
  return [
    ...said.map((name) => `${name} is not supported`),
    ...(unsaid > 0 ? [`${unsaid} more ${what} are not supported`] : []),
  ];
}

/** `stop` as every other protocol has it. */
export function toList<Item>(value: Item | Item[]): Item[] {
  return Array.isArray(value) ? value : [value];
}
