import type { ExpectedRevision } from '@weir/contracts/admin/fields';
import type { Bucket } from '@weir/contracts/bucket';
import type { ZodType } from 'zod';
import type { Store, StoreEntry, StoreRevision, WriteOptions } from '../../bus/store.ts';
import type { Fault } from '../../fault.ts';

/** A document's JSON. */
export type Json = Record<string, unknown>;

/** A document as its bucket has it, with its secrets encrypted. */
export interface StoredDocument {
  /** Unix time in milliseconds. */
  readonly updatedAtMs: number;
}

/**
 * A kind of documents that admins write by name, as routing configs: in a bucket, which every replica follows, and which keeps
 * former states. `Shown` and `Past` are the forms in which the admin API has them.
 */
export interface DocumentKind<Stored extends StoredDocument, Document, Shown, Past> {
  /** `config`: as the audit log has it. */
  readonly name: string;
  /** From its JSON; `previous` has the secrets that it has masked. Throws what is wrong with it. */
  readonly parse: (text: string, options: { name: string; previous: Stored | undefined }) => Document;
  /** What of it has no effect. Throws where it would not work here. */
  readonly check: (document: Document) => readonly string[];
  /** With its secrets encrypted. */
  readonly store: (document: Document, options: { name: string; updatedAtMs: number }) => Stored;
  /** As it is used. Throws where it is none that this version understands, or its secrets cannot be decrypted. */
  readonly open: (stored: Stored, name: string) => Document;
  /** As admins see it, with masked secrets; also one that this version does not understand. */
  readonly show: (stored: Stored, name: string) => Json;
  readonly warningsOf: (name: string) => readonly string[];
  readonly toRecord: (entry: StoreEntry<Stored>, warnings: readonly string[]) => Shown;
  readonly toRevision: (past: StoreRevision<Stored>) => Past;
  readonly notFound: (name: string) => Fault;
}

/** The store of a bucket that has `Stored`s. */
export type DocumentStore<Stored extends StoredDocument> = Store<Bucket<ZodType<Stored>>>;

/** What a change expects to find, as stores are told it. */
export function toWriteOptions(expected: ExpectedRevision): WriteOptions {
  if (expected === undefined) return {};
  return { expectedRevision: expected === 'none' ? 0 : expected };
}

/** The fields that all kinds of documents are shown with. */
export function recordFields(
  { key, revision, value }: StoreEntry<StoredDocument>,
  warnings: readonly string[],
) {
  return { name: key, revision, updated_at: toRfc3339(value.updatedAtMs), warnings: [...warnings] };
}

/** The same for a former state. */
export function revisionFields({ key, revision, value, atMs }: StoreRevision<StoredDocument>) {
  return { name: key, revision, updated_at: toRfc3339(value?.updatedAtMs ?? atMs) };
}

function toRfc3339(atMs: number): string {
  return new Date(atMs).toISOString();
}
