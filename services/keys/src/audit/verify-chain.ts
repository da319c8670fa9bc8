import type { KeyObject } from 'node:crypto';
import type { verifyAudit } from '@weir/contracts/admin/audit';
import type { ReplyOf } from '@weir/contracts/descriptors';
import type { Queryable } from '@weir/service-kit/database/query';
import { auditHash, type AuditEntry, beforeFirst, type ChainLink } from './audit-entry.ts';
import { auditBatches, findAuditHead } from './audit-rows.ts';

type Verified = ReplyOf<typeof verifyAudit>;
type Broken = NonNullable<Verified['broken']>;

interface VerifyChainOptions {
  readonly auditKey: KeyObject;
  /** An entry of which somebody else has kept the hash. */
  readonly anchor?: ChainLink | undefined;
  readonly signal: AbortSignal;
}

/**
 * Computes every hash anew, from the first entry on, and looks for the first entry that is not what was entered. Whoever has
 * the table and not the audit key cannot make a hash; the head tells of entries that are missing at the end, and an anchor
 * of those where the head was put back too. `transaction` sees one state of the table throughout.
 */
export async function verifyChain(transaction: Queryable, options: VerifyChainOptions): Promise<Verified> {
  const { anchor, signal } = options;
  let last = beforeFirst;
  const brokenAt = async (broken: Broken): Promise<Verified> => ({
    ...{ intact: false, entries: last.seq, head: null, broken },
  });
  for await (const batch of auditBatches(transaction, signal)) {
    for (const entry of batch) {
      const reason = problemOf(entry, last, options);
      if (reason === 'changed')
        return brokenAt({ seq: entry.seq, reason: await explainChange(transaction, entry, options) });
      if (reason !== undefined) return brokenAt({ seq: last.seq + 1, reason });
      last = { seq: entry.seq, hash: entry.hash };
    }
  }
  const broken = endProblemOf(last, await findAuditHead(transaction), anchor);
  if (broken) return brokenAt(broken);
  return { intact: true, entries: last.seq, head: last.seq === 0 ? null : last, broken: null };
}

function problemOf(
  entry: AuditEntry,
  previous: ChainLink,
  { anchor, auditKey }: VerifyChainOptions,
): string | undefined {
  if (entry.seq > previous.seq + 1) return 'the entry is missing';
  if (entry.seq <= previous.seq) return `an entry ${entry.seq} stands before the first`;
  if (auditHash(entry, previous, auditKey) !== entry.hash) return 'changed';
  if (anchor?.seq === entry.seq && anchor.hash !== entry.hash)
    return 'the entry is not the one of the anchor';
  return undefined;
}

/** What the entries cannot tell by themselves: whether there were more of them. */
function endProblemOf(
  last: ChainLink,
  head: ChainLink | undefined,
  anchor: ChainLink | undefined,
): Broken | undefined {
  const next = last.seq + 1;
  if (!head) return { seq: next, reason: 'the head is missing, which tells the last entry' };
  if (head.seq > last.seq) return { seq: next, reason: `the entry is missing, as are all up to ${head.seq}` };
  if (head.seq !== last.seq || head.hash !== last.hash)
    return { seq: Math.max(last.seq, 1), reason: 'the last entry is not the one that the head names' };
  if (anchor && anchor.seq > last.seq)
    return { seq: next, reason: `the entry is missing, as are all up to the anchor's ${anchor.seq}` };
  return undefined;
}

/** An entry that stood at another place has the hash that it had there. */
async function explainChange(
  transaction: Queryable,
  entry: AuditEntry,
  { auditKey, signal }: VerifyChainOptions,
): Promise<string> {
  const fits = (previous: ChainLink) => auditHash(entry, previous, auditKey) === entry.hash;
  for await (const batch of auditBatches(transaction, signal)) {
    for (const { hash, seq } of batch) {
      // Where it has changed places with the one before it, that one's hash stands one further on.
      const origin = [seq, seq - 1].find((place) => fits({ seq: place, hash }));
      if (origin !== undefined) return `the entry was moved here from place ${origin + 1}`;
    }
  }
  return 'the entry was changed';
}
