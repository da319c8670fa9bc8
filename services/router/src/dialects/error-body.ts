import { z } from 'zod';

const word = z.union([z.string(), z.number()]).nullish().catch(undefined);

const errorFields = z.looseObject({
  /** OpenRouter and Gemini put the HTTP status here, as a number. */
  code: word,
  type: word,
  /** Google's word for what others call the type. */
  status: word,
  message: z.string().nullish().catch(undefined),
  /** FastAPI's word for the message, sometimes a list. */
  detail: z.string().nullish().catch(undefined),
  param: z.string().nullish().catch(undefined),
  /** Google's code for what `status` has only a class for: `API_KEY_INVALID`. */
  details: z
    .array(z.looseObject({ reason: word }))
    .nullish()
    .catch(undefined),
});

/** What a provider says of a failure, in the few terms that all of them share. */
export interface ErrorBody {
  /** Its code, its type and its reasons, as far as it gives them: `['model_not_found', 'invalid_request_error']`. */
  readonly codes: readonly string[];
  /** An HTTP status in the body: all there is where an error comes inside a 200. */
  readonly status: number | undefined;
  readonly message: string;
  readonly param: string | undefined;
}

/** Reads the body of a refusal, whatever its form: hosts send HTML, text, or nothing, too. */
export function readErrorBody(text: string): ErrorBody {
  try {
    return describeError(JSON.parse(text));
  } catch {
    return { codes: [], status: undefined, message: text, param: undefined };
  }
}

/**
 * Describes a parsed body: `{ error: { ... } }`, the same in an array (Gemini), `{ error: "text" }` (Ollama), or
 * the fields at the top (Mistral).
 */
export function describeError(body: unknown): ErrorBody {
  const outer: unknown = Array.isArray(body) ? body[0] : body;
  const inner = hasError(outer) ? outer.error : outer;
  const fields = errorFields.safeParse(typeof inner === 'string' ? { message: inner } : inner).data;
  const words = [fields?.code, fields?.type, fields?.status];
  const reasons = fields?.details?.map(({ reason }) => reason) ?? [];
  return {
    codes: [...words, ...reasons].filter((value) => typeof value === 'string'),
    status: words.map(Number).find((value) => value >= 400 && value < 600),
    message: fields?.message ?? fields?.detail ?? '',
    param: fields?.param ?? undefined,
  };
}

/** Whether an answer that came as a success reports an error instead. */
export function hasError(body: unknown): body is { error: unknown } {
  return typeof body === 'object' && body !== null && 'error' in body && Boolean(body.error);
}
