import type { ExpectedRevision } from '@weir/contracts/admin/fields';
import type { Envelope } from '@weir/contracts/envelope';
import type { Clock } from '../../clock.ts';
import { openSealed, type SealingKeys } from '../../crypto/sealed-box.ts';
import { stateOf } from '../../bus/store.ts';
import { Fault } from '../../fault.ts';
import type { ChangeLog } from '../change-log.ts';
import {
  type DocumentKind,
  type DocumentStore,
  type StoredDocument,
  toWriteOptions,
} from './document-kind.ts';

interface Dependencies<Stored extends StoredDocument, Document, Shown, Past> {
  readonly kind: DocumentKind<Stored, Document, Shown, Past>;
  readonly store: Pick<DocumentStore<Stored>, 'get' | 'unreadable' | 'put' | 'delete' | 'history'>;
  readonly changeLog: ChangeLog;
  readonly sealingKeys: SealingKeys;
  readonly clock: Clock;
}

interface Change {
  readonly name: string;
  readonly expectedRevision?: ExpectedRevision;
}

/** How admins change documents. Each change is told to the audit log. */
export function createDocumentChanger<Stored extends StoredDocument, Document, Shown, Past>({
  kind,
  store,
  changeLog,
  sealingKeys,
  clock,
}: Dependencies<Stored, Document, Shown, Past>) {
  function tell(
    envelope: Envelope,
    { verb, name, before, after }: { verb: string; name: string; before?: Stored; after?: Stored },
  ): void {
    const shown = (state: Stored | undefined) => (state ? kind.show(state, name) : null);
    changeLog.record(envelope, {
      action: `${kind.name}.${verb}`,
      organisation: null,
      target: { kind: kind.name, id: name },
      before: shown(before),
      after: shown(after),
    });
  }

  /** One that cannot be read has none: whoever writes over it mends it. */
  function stored(name: string): Stored | undefined {
    const entry = stateOf(store, name);
    return entry?.fault ? undefined : entry?.value;
  }

  return {
    /** Stores a document, once it is known to work here. What comes back is what was stored. */
    async write(
      { name, sealed, expectedRevision }: Change & { sealed: string },
      envelope: Envelope,
    ): Promise<Shown> {
      const before = stored(name);
      const document = kind.parse(openSealed(sealed, sealingKeys), { name, previous: before });
      const warnings = kind.check(document);
      const value = kind.store(document, { name, updatedAtMs: clock.nowMs() });
      const revision = await store.put(name, value, toWriteOptions(expectedRevision));
      tell(envelope, { verb: 'write', name, ...(before && { before }), after: value });
      return kind.toRecord({ key: name, value, revision }, warnings);
    },

    /** Its former states are kept, so that it can be brought back. */
    async delete(
      { name, expectedRevision }: Change,
      envelope: Envelope,
    ): Promise<{ name: string; deleted: true }> {
      if (!stateOf(store, name)) throw kind.notFound(name);
      const before = stored(name);
      await store.delete(name, toWriteOptions(expectedRevision));
      tell(envelope, { verb: 'delete', name, ...(before && { before }) });
      return { name, deleted: true };
    },

    /** Makes a former state the newest, of a deleted document too, provided that it still works here. */
    async rollBack(
      { name, revision, expectedRevision }: Change & { revision: number },
      envelope: Envelope,
    ): Promise<Shown> {
      const history = await store.history(name);
      if (history.length === 0) throw kind.notFound(name);
      const past = history.find((entry) => entry.revision === revision)?.value;
      if (!past) throw new Fault('revision_not_found', { param: 'revision' });
      const warnings = kind.check(kind.open(past, name));
      // Its secrets are encrypted already, and stay as they are.
      const value = { ...past, updatedAtMs: clock.nowMs() };
      const newest = await store.put(name, value, toWriteOptions(expectedRevision));
      const before = history[0]?.value;
      tell(envelope, { verb: 'rollback', name, ...(before && { before }), after: value });
      return kind.toRecord({ key: name, value, revision: newest }, warnings);
    },
  };
}
