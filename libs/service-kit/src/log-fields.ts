import type { KnownSecrets } from './secrets/known-secrets.ts';

/** What a log line may hold. Lengths are in UTF-16 units, before JSON's escapes. */
export const logLimits = {
  textLength: 2_000,
  stackLength: 4_000,
  nameLength: 64,
  /** Of one object, and of one list. */
  fields: 50,
  items: 20,
  /** What is logged here is flat, or an error. */
  depth: 5,
  /** One behind the other. */
  causes: 4,
  /** Of an error that is several, and of a schema's issues. */
  inner: 3,
  /** Of all texts of a line together. */
  lineLength: 12_000,
} as const;

/** Names under which a secret could be, should somebody log an object that holds one. */
const secretName = /authorization|api[-_]?key|password|secret|cookie|^key$|token$/i;

/** A password in an address, as drivers like to quote them in their errors. */
const secretInUrl = /(\b[a-z][a-z+.-]{0,31}:\/\/[^\s:/@]{0,256}:)[^\s@/]{1,1024}@/gi;

const redacted = '[redacted]';

/** What is looked for in every text of a line. */
export type SecretSearch = Pick<KnownSecrets, 'isRepeatedIn'>;

/**
 * Fields as a log line may have them: few, short, of plain data, and without what is named like a secret or repeats one. It looks at
 * no more of a value than it keeps, so that a value of any size costs the same. It never throws: what is logged may be what has failed.
 */
export function boundedFields(fields: object, secrets?: SecretSearch): Record<string, unknown> {
  try {
    return new FieldWriter(secrets).fields(fields, logLimits.depth);
  } catch {
    return { '…': 'the fields cannot be read' };
  }
}

/** A text as a log line may have it. */
export function boundedText(
  text: string,
  secrets?: SecretSearch,
  maxLength: number = logLimits.textLength,
): string {
  // What the cut leaves of a password, or of a secret, would not be recognised.
  const read = text.length <= maxLength ? text : text.slice(0, 2 * maxLength);
  if (secrets?.isRepeatedIn(read)) return redacted;
  const kept = read.includes('://') ? read.replace(secretInUrl, `$1${redacted}@`) : read;
  if (text.length <= maxLength) return kept;
  return `${kept.slice(0, maxLength).toWellFormed()}… (${text.length} characters)`;
}

/** What an error is told by, beside the fields of its own. */
const errorFields: ReadonlySet<string> = new Set(['name', 'message', 'stack', 'cause', 'errors', 'issues']);

/** What a value costs of the line beside its text. */
const valueLength = 4;

class FieldWriter {
  readonly #secrets: SecretSearch | undefined;
  #room: number = logLimits.lineLength;

  constructor(secrets: SecretSearch | undefined) {
    this.#secrets = secrets;
  }

  fields(fields: object, depth: number, without?: ReadonlySet<string>): Record<string, unknown> {
    const written: Record<string, unknown> = {};
    let count = 0;
    for (const name in fields) {
      if (!Object.hasOwn(fields, name) || without?.has(name)) continue;
      if (++count > logLimits.fields || this.#room <= 0) {
        written['…'] = 'further fields are left out';
        break;
      }
      const value = (fields as Readonly<Record<string, unknown>>)[name];
      written[this.#text(name, logLimits.nameLength)] = secretName.test(name)
        ? redacted
        : this.#value(value, depth - 1);
    }
    return written;
  }

  #value(value: unknown, depth: number): unknown {
    this.#room -= valueLength;
    if (typeof value === 'string') return this.#text(value);
    if (typeof value === 'bigint') return this.#text(value.toString());
    if (typeof value === 'object' && value !== null) return this.#object(value, depth);
    return typeof value === 'symbol' || typeof value === 'function' ? undefined : value;
  }

  #object(value: object, depth: number): unknown {
    if (value instanceof Error) return this.#error(value, depth, logLimits.causes);
    if (value instanceof URL) return this.#text(value.href);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    if (Array.isArray(value)) return this.#list(value, depth);
    return depth > 0 ? this.fields(value, depth) : '[object]';
  }

  #list(list: readonly unknown[], depth: number): unknown {
    if (depth <= 0) return '[list]';
    const count = this.#room > 0 ? logLimits.items : 0;
    const items = list.slice(0, count).map((item) => this.#value(item, depth - 1));
    return list.length > items.length ? [...items, `… (${list.length} items)`] : items;
  }

  /** With its causes, what it is made of where it is several, and the fields of its own, as `code`. */
  #error(error: Error, depth: number, causes: number): Record<string, unknown> {
    const { cause } = error;
    const issues = listIn(error, 'issues');
    const errors = listIn(error, 'errors');
    const inner = (each: unknown) =>
      each instanceof Error ? this.#error(each, depth - 1, causes - 1) : this.#value(each, depth - 1);
    return {
      type: this.#text(error.constructor.name, logLimits.nameLength),
      ...(issues ? this.#issues(issues) : this.#saying(error)),
      ...(depth > 0 && this.fields(error, depth, errorFields)),
      ...(errors && causes > 0 && { errors: errors.slice(0, logLimits.inner).map(inner) }),
      ...(cause !== undefined && causes > 0 && { cause: inner(cause) }),
    };
  }

  #saying({ message, stack = '' }: Error): Record<string, unknown> {
    return { message: this.#text(message), stack: this.#text(stack, logLimits.stackLength) };
  }

  /**
   * A schema's error writes all that is wrong into its message once that is read, or its stack: it may be each value of a large
   * document.
   */
  #issues(issues: readonly unknown[]): Record<string, unknown> {
    const first = issues.slice(0, logLimits.inner).map((issue) => this.#value(issue, 3));
    return { message: `${issues.length} values are not as they have to be`, issues: first };
  }

  #text(text: string, maxLength: number = logLimits.textLength): string {
    const bounded = boundedText(text, this.#secrets, Math.min(maxLength, Math.max(this.#room, 0)));
    this.#room -= bounded.length;
    return bounded;
  }
}

function listIn(error: Error, field: 'issues' | 'errors'): readonly unknown[] | undefined {
  const value: unknown = field in error ? (error as unknown as Record<string, unknown>)[field] : undefined;
  return Array.isArray(value) ? (value as readonly unknown[]) : undefined;
}
