import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { z } from 'zod';
import { answerSchema, codingSchema } from './answer.ts';

const patternSchema = z.record(z.string(), z.unknown());

const requestSchema = z.strictObject({
  method: z.enum(['POST', 'GET']).default('POST'),
  path: z.string().default('/v1/chat/completions'),
  headers: z.record(z.string(), z.string()).default({}),
  /** A text is sent as it is. In a list of messages, `"$answer"` is the message that the request before was answered with. */
  body: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
  /** Of the body. */
  coding: codingSchema.optional(),
});

export type TrafficRequest = z.output<typeof requestSchema>;

const exchangeFields = {
  request: requestSchema,
  /** A routing config, for `x-weir-config`; a variant has none where it says `null`. */
  config: z.record(z.string(), z.unknown()).nullish(),
  /** Asked again and again until the client sees what it should, for so long. */
  withinMs: z.int().optional(),
  /** A pattern on what the client sees: see `seen-answer.ts`. */
  client: patternSchema,
  /** A pattern on a line of the log that has this request's id. */
  log: patternSchema.optional(),
};

const exchangeSchema = z.strictObject(exchangeFields);

/** A request, and what is to become of it. */
export type Exchange = z.output<typeof exchangeSchema>;

const caseSchema = z.strictObject({
  ...exchangeFields,
  title: z.string(),
  /** Who has met it. */
  source: z.string().optional(),
  /** The name of the test. */
  promise: z.string(),
  /** Of the providers file that the gateway has for all cases. */
  providers: z.array(z.looseObject({ name: z.string() })).default([]),
  upstream: z.array(answerSchema),
  /** What goes upstream, in all: a pattern on each request. Not looked at where it is not there. */
  upstreamRequests: z.array(patternSchema).optional(),
  /** Further requests, of which each says what is different from the first. */
  then: z.array(patternSchema).default([]),
});

export interface TrafficCase extends Omit<z.output<typeof caseSchema>, 'then' | keyof typeof exchangeFields> {
  /** Fit for a path: the first part of each request to the upstream, and so its script. */
  readonly id: string;
  readonly exchanges: readonly Exchange[];
}

const fileSchema = z.looseObject({
  promise: z.string(),
  /** By what they are called: each says what is different. */
  variants: z.record(z.string(), z.looseObject({ promise: z.string().optional() })).default({}),
});

/**
 * Every case of the folder, with its variants. `urlOf` is the upstream's address for a case. Beside these markers in texts:
 * `$upstream` (that address), `$key` (a provider's key of the case's own, so that no case is judged by another's failures),
 * `<1500 characters of base64>` and `<4000 words>`.
 */
export function readTrafficCases(folder: string, urlOf: (id: string) => string): TrafficCase[] {
  return globSync(`${folder}/*.json`)
    .sort()
    .flatMap((file) => {
      const name = basename(file, '.json');
      const { variants, ...base } = fileSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
      const plain = toCase(name, base, urlOf);
      const others = Object.entries(variants).map(([variant, changes]) => {
        const promise = changes.promise ?? `${base.promise} (${variant})`;
        const id = `${name}.${variant.toLowerCase().replaceAll(/\W+/g, '-')}`;
        return toCase(id, merge(base, { ...changes, promise }), urlOf);
      });
      return [plain, ...others];
    });
}

function toCase(id: string, given: unknown, urlOf: (id: string) => string): TrafficCase {
  const parsed = caseSchema.safeParse(fill(given, { $upstream: urlOf(id), $key: `key-of-${id}` }));
  if (!parsed.success) throw new Error(`${id}: ${z.prettifyError(parsed.error)}`);
  const { request, config, withinMs, client, log, then, ...rest } = parsed.data;
  const first = { request, config, client, log };
  const later = then.map((changes) => exchangeSchema.parse(merge(first, changes)));
  return { ...rest, id, exchanges: [{ ...first, withinMs }, ...later] };
}

/** Objects are merged field by field, but for operators of patterns; everything else takes the place of what was there. */
function merge(base: unknown, changes: unknown): unknown {
  if (!isObject(base) || !isObject(changes) || isOperator(base) || isOperator(changes)) return changes;
  const merged = Object.entries(changes).map(([name, value]) => [name, merge(base[name], value)] as const);
  return { ...base, ...Object.fromEntries(merged) };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isOperator(value: Record<string, unknown>): boolean {
  return Object.keys(value).some((name) => name.startsWith('$'));
}

/** With the markers of its texts replaced, at any depth. */
function fill(value: unknown, names: Readonly<Record<string, string>>): unknown {
  if (Array.isArray(value)) return value.map((element) => fill(element, names));
  if (isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, fill(field, names)]));
  }
  if (typeof value !== 'string') return value;
  return value
    .replaceAll(/\$upstream|\$key/g, (name) => names[name] ?? name)
    .replaceAll(/<(\d+) characters of base64>/g, (_marker, count: string) => 'QUJD'.repeat(Number(count) / 4))
    .replaceAll(/<(\d+) words>/g, (_marker, count: string) => 'word '.repeat(Number(count)));
}
