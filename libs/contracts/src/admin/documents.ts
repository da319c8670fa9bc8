import { z, type ZodType } from 'zod';
import { arrayOf, recordOf } from '../collections.ts';
import { adminEndpoint, type AdminScope } from './admin-endpoint.ts';
import { expectedRevisionSchema as expectedRevision, pageFields, pageOf, revisionSchema } from './fields.ts';

/** A document as it is given and shown; what it may say is its service's to judge. */
export const anyDocumentSchema = recordOf(z.string(), z.unknown());

/** What is shown of each kind of document, beside the document itself under a name of its own. */
export const documentFields = {
  name: z.string(),
  /** Grows with every change of any document of the kind; it is the ETag. */
  revision: revisionSchema,
  /** RFC 3339, UTC. */
  updated_at: z.string(),
  /** What of it has no effect, and what it names that is not there. */
  warnings: arrayOf(z.string()),
};

export const documentTimeoutMs = 5_000;

interface DocumentRoutes<Shown extends ZodType, Past extends ZodType> {
  readonly service: string;
  /** `config`: as the endpoints' names and the audit log have it. */
  readonly kind: string;
  /** `routing config`, in summaries. */
  readonly title: string;
  readonly path: `/${string}`;
  readonly scope: AdminScope;
  /** Of what may be read, and of what may be changed. */
  readonly readableName: ZodType<string, string>;
  readonly storedName: ZodType<string, string>;
  readonly record: Shown;
  readonly past: Past;
}

/**
 * The routes of documents that are written by name, keep their former states, and can be rolled back to them; but for the
 * one that writes, whose body is each kind's own.
 */
export function documentRoutes<Shown extends ZodType, Past extends ZodType>(
  kindOfDocuments: DocumentRoutes<Shown, Past>,
) {
  const { kind, path, past, readableName, record, scope, service, storedName, title } = kindOfDocuments;
  const timeoutMs = documentTimeoutMs;
  const plural = path.slice(1);
  const withArticle = `a ${title}`;
  return {
    list: adminEndpoint(`${service}.list-${plural}`, {
      request: z.object(pageFields),
      reply: pageOf(record),
      timeoutMs,
      http: {
        method: 'GET',
        path,
        scope,
        summary: `List the ${title.replace(/y$/, 'ie')}s`,
        description: 'By name. Secrets are masked.',
      },
    }),
    read: adminEndpoint(`${service}.read-${kind}`, {
      request: z.object({ name: readableName }),
      reply: record,
      timeoutMs,
      http: { method: 'GET', path: `${path}/:name`, scope, summary: `Read ${withArticle}` },
    }),
    delete: adminEndpoint(`${service}.delete-${kind}`, {
      request: z.object({ name: storedName, expectedRevision }),
      reply: z.object({ name: z.string(), deleted: z.literal(true) }),
      timeoutMs,
      http: {
        method: 'DELETE',
        path: `${path}/:name`,
        scope,
        summary: `Delete ${withArticle}`,
        description: 'Its former states are kept, and it can be rolled back to one of them.',
        audit: `${kind}.delete`,
      },
    }),
    listRevisions: adminEndpoint(`${service}.list-${kind}-revisions`, {
      request: z.object({ name: storedName }),
      reply: pageOf(past),
      timeoutMs,
      http: {
        method: 'GET',
        path: `${path}/:name/revisions`,
        scope,
        summary: `List the former states of ${withArticle}`,
        description: 'Newest first.',
      },
    }),
    rollBack: adminEndpoint(`${service}.roll-back-${kind}`, {
      request: z.object({ name: storedName, revision: revisionSchema, expectedRevision }),
      reply: record,
      timeoutMs,
      http: {
        method: 'POST',
        path: `${path}/:name/rollback`,
        scope,
        summary: `Make a former state of ${withArticle} the newest`,
        audit: `${kind}.rollback`,
      },
    }),
  };
}
