import { type Page, toPageBy } from '../page.ts';
import type { StoreEntry } from '../../bus/store.ts';
import type { DocumentKind, DocumentStore, StoredDocument } from './document-kind.ts';

interface Dependencies<Stored extends StoredDocument, Shown, Past> {
  readonly kind: Pick<
    DocumentKind<Stored, unknown, Shown, Past>,
    'warningsOf' | 'toRecord' | 'toRevision' | 'notFound'
  >;
  readonly store: Pick<DocumentStore<Stored>, 'get' | 'entries' | 'history'>;
}

/** What admins read of documents. Any replica answers: each has the same. */
export function createDocumentReader<Stored extends StoredDocument, Shown extends { name: string }, Past>({
  kind,
  store,
}: Dependencies<Stored, Shown, Past>) {
  const toRecord = (entry: StoreEntry<Stored>) => kind.toRecord(entry, kind.warningsOf(entry.key));

  function* recordsAfter(after: string): Iterable<Shown> {
    for (const entry of store.entries()) if (entry.key > after) yield toRecord(entry);
  }

  return {
    /** By name. */
    list: ({ limit, after = '' }: { limit: number; after?: string | undefined }): Page<Shown> =>
      toPageBy(recordsAfter(after), limit, ({ name }) => name),

    read({ name }: { name: string }): Shown {
      const entry = store.get(name);
      if (!entry) throw kind.notFound(name);
      return toRecord(entry);
    },

    /** All states that are kept, the newest first: no more than the bucket's history, so there is one page. */
    async listRevisions({ name }: { name: string }): Promise<Page<Past>> {
      const history = await store.history(name);
      if (history.length === 0) throw kind.notFound(name);
      return { data: history.map(kind.toRevision), has_more: false, next: null };
    },
  };
}
