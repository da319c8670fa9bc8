import { z } from 'zod';
import { recordOf } from './collections.ts';
import { actorSchema } from './envelope.ts';
import { durableEvent, type DurableStream } from './descriptors.ts';

/** The JetStream stream of all that admins change: for the audit log, and for whoever else watches. */
export const auditStream: DurableStream = { name: 'WEIR_AUDIT', subjects: ['weir.v1.audit.>'] };

/** Never a secret: it is masked before it comes here. */
const stateSchema = recordOf(z.string(), z.unknown()).nullable();

/**
 * Somebody has changed something by the admin API, or has tried what they may not do. The event's id is the audit entry's:
 * what comes twice is entered once.
 */
export const changeMade = durableEvent('audit.change-made', {
  stream: auditStream,
  data: z.object({
    /** Unix time in milliseconds. */
    atMs: z.int().nonnegative(),
    requestId: z.string(),
    actor: actorSchema.omit({ sealingKey: true }),
    /** `key.create`, `config.write`; `denied` for a call that the admin key has no scope for. */
    action: z.string(),
    /** Whose it is; null for what belongs to the installation. */
    organisation: z.string().nullable(),
    /** `key`, `config`, ... and which. */
    target: z.object({ kind: z.string(), id: z.string() }),
    /** Null where there was nothing before, or is nothing afterwards. */
    before: stateSchema,
    after: stateSchema,
  }),
});
