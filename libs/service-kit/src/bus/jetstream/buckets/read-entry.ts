import type { Bucket, ValueOf } from '@weir/contracts/bucket';
import { eventJsonLimits } from '@weir/contracts/limits';
import type { z } from 'zod';
import { parseBoundedJson } from '../../../bounded-json.ts';
import { JsonLimitError } from '../../../json-meter.ts';
import { Fault } from '../../../fault.ts';
import { pathText, safeParse } from '../../../schema-fault.ts';
import type { StoreEntry, UnreadableEntry } from '../../store.ts';

/** A key's state as it was written: `json` is undefined where the key was deleted. */
export interface KeyState {
  readonly key: string;
  readonly json: string | undefined;
  readonly revision: number;
  /** Unix time in milliseconds. */
  readonly atMs: number;
}

/** Undefined where the key was deleted. */
export function readEntry<B extends Bucket>(
  bucket: B,
  { key, json, revision, atMs }: KeyState,
): StoreEntry<ValueOf<B>> | UnreadableEntry | undefined {
  if (json === undefined) return undefined;
  const { value, parsed, reason, isNewer = false } = readValue(bucket, json);
  if (reason === undefined) return { key, value: value as ValueOf<B>, revision };
  return { key, revision, atMs, parsed, reason, isNewer, fault: unreadable(bucket, key, reason) };
}

interface ValueRead {
  readonly value?: unknown;
  readonly parsed?: unknown;
  readonly reason?: string;
  readonly isNewer?: boolean;
}

function readValue(bucket: Bucket, json: string): ValueRead {
  let parsed: unknown;
  try {
    parsed = parseBoundedJson(json, eventJsonLimits);
  } catch (error) {
    return { reason: error instanceof JsonLimitError ? error.message : 'it is no JSON' };
  }
  const read = safeParse(bucket.value, parsed);
  if (read.success) return { value: read.data };
  return { parsed, reason: reasonOf(read.error), isNewer: read.error.issues.every(isUnknown) };
}

/** What a newer version has added: a field, or a value where there are several. All else is as this version has it. */
const unknownCodes = new Set<z.core.$ZodIssue['code']>([
  'unrecognized_keys',
  'invalid_value',
  'invalid_union',
]);
const isUnknown = ({ code }: z.core.$ZodIssue) => unknownCodes.has(code);

/** Names of fields may be as long as they like. */
const maxReasonLength = 200;

/** Says which field is wrong, and nothing of what is in it. */
function reasonOf({ issues: [first] }: z.core.$ZodError): string {
  if (!first) return 'it is not valid';
  return `${pathText(first.path) || 'it'}: ${first.message}`.slice(0, maxReasonLength);
}

/** Keys of buckets are as long as a subject may be. */
const maxKeyLength = 128;

function unreadable({ name }: Bucket, key: string, reason: string): Fault {
  const entry = `${JSON.stringify(key.slice(0, maxKeyLength))} in ${name}`;
  return new Fault('stored_entry_unreadable', {
    message: `The gateway cannot read what it has stored as ${entry}. Whoever administers it finds the reason in "weir status".`,
    cause: new Error(reason),
  });
}
