import type { AdminEndpoint } from '@weir/contracts/admin/admin-endpoint';
import type { z, ZodType } from 'zod';
import { readJsonFile } from '../json-file.ts';
import { jsonText } from '../terminal-text.ts';
import { type AdminCommand, adminCommand, type Presentation } from './admin-command.ts';

interface DocumentRecord {
  readonly name: string;
  readonly revision: number;
  readonly updated_at: string | null;
  readonly warnings: string[];
}

type RecordEndpoint = AdminEndpoint<z.ZodObject, ZodType<DocumentRecord>>;

interface DocumentEndpoints {
  /** `config`: the field that a document stands in, and what questions call it. */
  readonly field: string;
  readonly list: AdminEndpoint;
  readonly columns: readonly string[];
  readonly read: RecordEndpoint;
  readonly write: RecordEndpoint;
  readonly delete: AdminEndpoint;
  readonly listRevisions: AdminEndpoint;
  readonly rollBack: RecordEndpoint;
}

/** The commands of documents that are written by name, and keep their former states. */
export function documentCommands(endpoints: DocumentEndpoints): readonly AdminCommand[] {
  const { columns, field, listRevisions, list, read, rollBack, write } = endpoints;
  return [
    adminCommand({ verb: 'list', endpoint: list, columns }),
    adminCommand({
      verb: 'show',
      endpoint: read,
      present: (record) => ({
        result: jsonText((record as unknown as Record<string, unknown>)[field]),
        notes: [
          record.updated_at === null
            ? 'It is built in.'
            : `Revision ${record.revision}, of ${record.updated_at}.`,
          ...warningNotes(record.warnings),
        ],
      }),
    }),
    adminCommand({
      verb: 'set',
      endpoint: write,
      positional: [field],
      texts: { [field]: { help: 'its file of JSON, or - for standard input', load: readJsonFile } },
      present: presentWritten,
    }),
    adminCommand({
      verb: 'delete',
      endpoint: endpoints.delete,
      confirm: ({ name }) => `Delete ${field} ${String(name)}? Requests that name it fail from now on.`,
    }),
    adminCommand({
      verb: 'revisions',
      endpoint: listRevisions,
      columns: ['revision', 'updated_at', [field.toUpperCase(), field]],
    }),
    adminCommand({ verb: 'rollback', endpoint: rollBack, positional: ['revision'], present: presentWritten }),
  ];
}

export const warningNotes = (warnings: readonly string[]) => warnings.map((warning) => `warning: ${warning}`);

function presentWritten({ name, revision, warnings }: DocumentRecord): Presentation {
  return { result: `${name} is at revision ${revision}`, notes: warningNotes(warnings) };
}
