import OpenAI from 'openai';
import { addDelta } from './seen-answer.ts';

type Fields = Record<string, unknown>;

/** What a program that uses the official client can tell of an answer. */
export interface SdkOutcome {
  /** By choice: its message, joined from its pieces. */
  readonly messages: readonly Fields[];
  readonly finish_reasons: readonly unknown[];
  readonly usage: unknown;
  /** The host's own fields of the answer: citations, a fingerprint. */
  readonly extras: Fields;
  /** What was thrown, if anything was, and what the client reads of it. */
  readonly errorClass?: string;
  readonly status?: unknown;
  readonly code?: unknown;
  readonly type?: unknown;
  readonly retryAfter?: string | undefined;
}

export type OutcomeField = keyof SdkOutcome;

/** What each answer has of its own. */
const identity = new Set(['id', 'created', 'model', 'object', 'choices', 'usage', '_request_id', 'error']);

interface Asked {
  readonly client: OpenAI;
  readonly model: string;
  readonly isStreamed: boolean;
  readonly request: object | undefined;
}

/** Asks as any program does that has the official client, and notes what it sees. */
export async function askWithSdk({ client, model, isStreamed, request }: Asked): Promise<SdkOutcome> {
  const pieces: Fields[] = [];
  const params = { model, messages: [{ role: 'user' as const, content: 'hi' }], ...request };
  try {
    if (!isStreamed)
      pieces.push(toFields(await client.chat.completions.create({ ...params, stream: false })));
    else {
      const stream_options = { include_usage: true };
      const stream = await client.chat.completions.create({ stream_options, ...params, stream: true });
      for await (const piece of stream) pieces.push(toFields(piece));
    }
    return outcomeOf(pieces);
  } catch (error) {
    return outcomeOf(pieces, error);
  }
}

function outcomeOf(pieces: readonly Fields[], thrown?: unknown): SdkOutcome {
  const messages: Fields[] = [];
  const finish_reasons: unknown[] = [];
  let usage: unknown;
  const extras: Fields = {};
  for (const piece of pieces) {
    for (const [position, choice] of toList(piece['choices']).entries()) {
      const index = typeof choice['index'] === 'number' ? choice['index'] : position;
      addDelta((messages[index] ??= {}), toFields(choice['delta'] ?? choice['message']));
      finish_reasons[index] = choice['finish_reason'] ?? finish_reasons[index] ?? null;
    }
    usage = piece['usage'] ?? usage;
    for (const [name, value] of Object.entries(piece)) {
      if (!identity.has(name) && value !== null) extras[name] = value;
    }
  }
  return {
    messages: messages.map(withoutEmpty),
    finish_reasons,
    usage: usage === undefined ? undefined : withoutEmpty(toFields(usage)),
    extras,
    ...(thrown !== undefined && errorOf(thrown)),
  };
}

function errorOf(
  thrown: unknown,
): Pick<SdkOutcome, 'errorClass' | 'status' | 'code' | 'type' | 'retryAfter'> {
  const errorClass = thrown instanceof Error ? thrown.constructor.name : typeof thrown;
  if (!(thrown instanceof OpenAI.APIError)) return { errorClass };
  const { status, code, type } = thrown as { status: unknown; code: unknown; type: unknown };
  const headers: unknown = thrown.headers;
  const retryAfter = headers instanceof Headers ? headers.get('retry-after') : null;
  return { errorClass, status, code, type, ...(retryAfter !== null && { retryAfter }) };
}

/** A null, an empty text and an empty list say the same as a field that is not there. */
function withoutEmpty(given: Fields): Fields {
  const isSaid = (value: unknown) =>
    value !== null && value !== '' && !(Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(given).filter(([, value]) => isSaid(value)));
}

function toList(value: unknown): Fields[] {
  return Array.isArray(value) ? value.map(toFields) : [];
}

function toFields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}
