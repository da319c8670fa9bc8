import type { IncomingHttpHeaders } from 'node:http';
import type { ExpectedRevision } from '@weir/contracts/admin/fields';
import { invalidHeader } from './request-headers.ts';

/** Proxies that compress an answer make its tag a weak one: it names the same revision. */
const revisionTag = /^(?:W\/)?"([1-9]\d{0,14})"$/;
const anyTags = /^(?:W\/)?"[^"]*"(?:\s*,\s*(?:W\/)?"[^"]*")*$/;

/** A revision as HTTP shows it: `"5"`. */
export function entityTag(revision: number): string {
  return `"${revision}"`;
}

/** What a change expects, by `if-match: "5"`, `if-match: *` or `if-none-match: *`. Throws `invalid_header`. */
export function expectedRevision(headers: IncomingHttpHeaders): ExpectedRevision {
  const { 'if-match': match, 'if-none-match': noneMatch } = headers;
  if (match !== undefined && noneMatch !== undefined) {
    throw invalidHeader('if-none-match', 'cannot stand beside if-match');
  }
  if (noneMatch !== undefined) {
    if (noneMatch.trim() === '*') return 'none';
    throw invalidHeader('if-none-match', 'must be * where something is changed');
  }
  if (match === undefined) return undefined;
  if (match.trim() === '*') return 'any';
  const [, revision] = revisionTag.exec(match.trim()) ?? [];
  if (revision === undefined) throw invalidHeader('if-match', 'must be one revision in quotes, as "5", or *');
  return Number(revision);
}

/** Whether the caller has a revision already, by its `if-none-match`. Throws `invalid_header`. */
export function knownRevisions(headers: IncomingHttpHeaders): (revision: number) => boolean {
  const tags = headers['if-none-match']?.trim();
  if (tags === undefined) return () => false;
  if (tags === '*') return () => true;
  if (!anyTags.test(tags)) throw invalidHeader('if-none-match', 'must be *, or revisions in quotes, as "5"');
  return (revision) => tags.includes(entityTag(revision));
}
