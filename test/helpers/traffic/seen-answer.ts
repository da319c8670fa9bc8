import { z } from 'zod';

/** What a client sees of an answer: the patterns of cases are on this. */
export interface SeenAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** All of the body. */
  readonly text: string;
  /** The body where it is JSON. */
  readonly json?: unknown;
  /** The events of a stream, without `[DONE]`. */
  readonly chunks?: readonly unknown[];
  /** The first choice's, joined from its pieces as OpenAI's client joins them. */
  readonly message?: unknown;
  readonly finish_reason?: unknown;
  readonly usage?: unknown;
  /** Of the body, or of an event of the stream. */
  readonly error?: unknown;
  /** Whether the answer says itself that it is all there. */
  readonly isWhole: boolean;
}

type Fields = Record<string, unknown>;

const fields = z.record(z.string(), z.unknown());

const pieceSchema = z.looseObject({
  choices: z.array(z.looseObject({ message: fields.optional(), delta: fields.optional() })).default([]),
});

export function toSeenAnswer(response: Response, text: string): SeenAnswer {
  const { status } = response;
  const headers = Object.fromEntries(response.headers);
  const isStream = headers['content-type']?.startsWith('text/event-stream') === true;
  if (!isStream) {
    const json = parseJson(text);
    const whole = z.object({ choices: z.array(z.unknown()).min(1) }).safeParse(json).success;
    return { status, headers, text, json, ...join(json === undefined ? [] : [json]), isWhole: whole };
  }
  const events = text
    .split('\n\n')
    .filter((event) => event.startsWith('data: '))
    .map((event) => event.slice(6));
  const chunks = events.filter((event) => event !== '[DONE]').map((event) => JSON.parse(event) as unknown);
  return { status, headers, text, chunks, ...join(chunks), isWhole: events.at(-1) === '[DONE]' };
}

function join(pieces: readonly unknown[]): Partial<SeenAnswer> {
  const message: Fields = {};
  const last: Fields = {};
  for (const piece of pieces) {
    const { choices, usage, error } = pieceSchema.parse(piece);
    const [choice] = choices;
    addDelta(message, choice?.delta ?? choice?.message ?? {});
    const found = { usage, error, finish_reason: choice?.['finish_reason'] };
    Object.assign(
      last,
      Object.fromEntries(Object.entries(found).filter(([, value]) => value !== null && value !== undefined)),
    );
  }
  return { message, ...last };
}

/** Texts are put one after the other, and so are lists, but for tool calls, whose pieces name their call by its index. */
export function addDelta(message: Fields, delta: Fields): void {
  for (const [name, value] of Object.entries(delta)) {
    const before = message[name];
    if (name === 'role' || before === undefined || before === null) {
      message[name] = name === 'tool_calls' ? addCalls([], value) : value;
    } else if (name === 'tool_calls') message[name] = addCalls(before, value);
    else if (typeof before === 'string' && typeof value === 'string') message[name] = before + value;
    else if (Array.isArray(before) && Array.isArray(value))
      message[name] = [...(before as unknown[]), ...(value as unknown[])];
    else if (value !== null) message[name] = value;
  }
}

const callsSchema = z.array(z.looseObject({ index: z.int().optional(), function: fields.optional() }));

function addCalls(before: unknown, pieces: unknown): unknown {
  const calls = callsSchema.parse(before);
  for (const { index = calls.length, function: called = {}, ...rest } of callsSchema.parse(pieces)) {
    const call = calls[index] ?? {};
    const { arguments: begun = '' } = (call.function ?? {}) as { arguments?: string };
    const { arguments: more, ...named } = called as { arguments?: unknown };
    const joined =
      typeof more === 'string' ? { arguments: begun + more } : more === undefined ? {} : { arguments: more };
    calls[index] = { ...call, ...rest, function: { ...call.function, ...named, ...joined } };
  }
  return calls;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
