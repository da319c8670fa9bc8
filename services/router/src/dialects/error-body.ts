import { arrayOf } from '@weir/contracts/collections';
import { eventJsonLimits } from '@weir/contracts/limits';
import { parseBoundedJson, tryParseBoundedJson } from '@weir/service-kit/bounded-json';
import { JsonLimitError } from '@weir/service-kit/json-meter';
import { isJsonObject } from '@weir/service-kit/exact-json';
import { safeParse } from '@weir/service-kit/schema-fault';
import { z } from 'zod';

/** Of one error. */
const maxReasons = 8;

const word = z.union([z.string(), z.number()]).nullish().catch(undefined);

const errorFields = z.looseObject({
  /** OpenRouter and Gemini put the HTTP status here, as a number. */
  code: word,
  type: word,
  /** Google's word for what others call the type. */
  status: word,
  param: z.string().nullish().catch(undefined),
  /** Google's code for what `status` has only a class for: `API_KEY_INVALID`. */
  details: z
    .preprocess(
      (said) => (Array.isArray(said) ? said.slice(0, maxReasons) : said),
      arrayOf(z.looseObject({ reason: word })).nullish(),
    )
    .catch(undefined),
});

/** What a provider says of a failure, in the few terms that all of them share. */
export interface ErrorBody {
  /** Its code, its type and its reasons, as far as it gives them: `['model_not_found', 'invalid_request_error']`. */
  readonly codes: readonly string[];
  /** An HTTP status in the body: all there is where an error comes inside a 200. */
  readonly status: number | undefined;
  /** Its text, or its texts: empty where it has none. */
  readonly message: string;
  readonly param: string | undefined;
  /** Whether it is a JSON object, or a list of them: anything else may be the page of a proxy. */
  readonly isJson: boolean;
}

/** Reads the body of a refusal, whatever its form: hosts send HTML, text, or nothing, too. */
export function readErrorBody(text: string): ErrorBody {
  try {
    return describeError(parseBoundedJson(text, eventJsonLimits));
  } catch (thrown) {
    const message = thrown instanceof JsonLimitError ? '' : text;
    return { codes: [], status: undefined, message, param: undefined, isJson: false };
  }
}

/**
 * Describes a parsed body: `{ error: { ... } }`, the same in an array (Gemini), `{ error: "text" }` (Ollama), or
 * the fields at the top (Mistral). Its text is found in any form that hosts give it: see `textOf`.
 */
export function describeError(body: unknown): ErrorBody {
  const outer: unknown = Array.isArray(body) ? body[0] : body;
  const inner = hasError(outer) && typeof outer.error === 'object' ? outer.error : outer;
  const { data: fields } = safeParse(errorFields, withKnownFields(inner));
  const words = [fields?.code, fields?.type, fields?.status];
  const reasons = fields?.details?.map(({ reason }) => reason) ?? [];
  return {
    codes: [...words, ...reasons].filter((value) => typeof value === 'string'),
    status: words.map(Number).find((value) => value >= 400 && value < 600),
    message: (textOf(inner) || textOf(outer)).slice(0, maxMessageLength),
    param: fields?.param ?? undefined,
    isJson: typeof outer === 'object',
  };
}

const knownFields = Object.keys(errorFields.shape);

/** What is read of it, which may be one of very many. */
function withKnownFields(error: unknown): unknown {
  if (!isJsonObject(error)) return error;
  return Object.fromEntries(knownFields.map((name) => [name, error[name]]));
}

/** Whether an answer that came as a success reports an error instead. */
export function hasError(body: unknown): body is { error: unknown } {
  return typeof body === 'object' && body !== null && 'error' in body && Boolean(body.error);
}

const maxDepth = 5;
/** Of a list, and of the fields that are at fault. */
const maxTexts = 5;
/** JSON within a text is not read beyond this. */
const maxNestedLength = 16 * 1024;
/** More than anybody reads of it. */
const maxMessageLength = 16 * 1024;

/** In this order: `error` beside a `message` is the status' name alone (NestJS), `title` the kind of problem (RFC 9457). */
const textFields = ['message', 'msg', 'detail', 'error_description', 'error', 'title', 'raw'] as const;

/**
 * The text of an error: a text, a list of them, an object that has it in one of its fields, or any of these as JSON in a text
 * (gateways quote so what is behind them). `[{ loc: ['body', 'n'], msg: 'Field required' }]` is "body.n: Field required" (FastAPI).
 */
function textOf(said: unknown, depth = maxDepth): string {
  if (typeof said === 'string') {
    const nested = isNested(said) ? parsed(said) : undefined;
    return nested === undefined ? said : textOf(nested, depth - 1);
  }
  if (depth <= 0 || typeof said !== 'object' || said === null) return '';
  if (Array.isArray(said)) return joined(said.slice(0, maxTexts).map((item) => textOf(item, depth - 1)));
  const fields = said as Readonly<Record<string, unknown>>;
  // OpenRouter has the words of the provider behind it elsewhere.
  const behind = fields['message'] === 'Provider returned error' ? textOf(fields['metadata'], depth - 1) : '';
  const texts = [behind, ...textFields.map((name) => textOf(fields[name], depth - 1))];
  const { loc: place, errors } = fields;
  const text = joined([texts.find((each) => each !== '') ?? '', byField(errors, depth - 1)]);
  return text !== '' && Array.isArray(place) ? `${place.filter(isPlain).join('.')}: ${text}` : text;
}

/** A list of errors, or `{ n: ['must be positive'] }`. */
function byField(errors: unknown, depth: number): string {
  const text = textOf(errors, depth);
  if (text !== '' || typeof errors !== 'object' || errors === null) return text;
  const named = Object.entries(errors).slice(0, maxTexts);
  return joined(
    named.map(([name, said]) => {
      const problem = textOf(said, depth - 1);
      return problem === '' ? '' : `${name}: ${problem}`;
    }),
  );
}

const isPlain = (value: unknown) => typeof value === 'string' || typeof value === 'number';
const isNested = (text: string) => text.length <= maxNestedLength && /^\s*[{[]/.test(text);
const joined = (texts: readonly string[]) => texts.filter((text) => text !== '').join('; ');

/** Undefined for what is no JSON, as `[1] is too long`. */
const parsed = (text: string) => tryParseBoundedJson(text, eventJsonLimits);
