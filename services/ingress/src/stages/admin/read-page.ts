import { parseOrFault } from '@weir/service-kit/schema-fault';
import { z } from 'zod';
import type { AdminArrival } from '../arrival.ts';
import type { Stage } from '../stage.ts';

const pageSchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(50),
  /** The `next` of the page before. */
  after: z.string().min(1).max(256).optional(),
});

export interface PageRead {
  readonly page: z.output<typeof pageSchema>;
}

/** Which part of a list is asked for. */
export const readPage: Stage<AdminArrival, PageRead> = ({ query }, next) =>
  next({ page: parseOrFault(pageSchema, query, { prefix: 'The query is not valid: ' }) });
