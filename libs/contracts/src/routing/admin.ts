import { z } from 'zod';
import { endpoint } from '../descriptors.ts';

/** Names are parts of KV keys and of URLs. */
export const configNameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, {
    error: 'must be lower case letters, digits, hyphens and underscores, at most 64',
  })
  .refine((name) => name !== 'inline', {
    error: 'must not be "inline", which stands for configs without a name',
  });

const revision = z.int().positive();

/** As HTTP shows it: secrets are masked but for their last four characters. */
const shownConfigSchema = z.record(z.string(), z.unknown());

/** A stored routing config, as admins see it. */
export const configRecordSchema = z.object({
  name: z.string(),
  /** Grows with every change of any config; it is the ETag. */
  revision,
  /** RFC 3339, UTC. */
  updated_at: z.string(),
  config: shownConfigSchema,
  /** What of it has no effect, and what it names that is not there. */
  warnings: z.array(z.string()),
});

/** One of a config's former states; `config` is null where it was deleted. */
export const configRevisionSchema = configRecordSchema
  .omit({ warnings: true })
  .extend({ config: shownConfigSchema.nullable() });

const page = { has_more: z.boolean(), next: z.string().nullable() };
const timeoutMs = 5_000;

export const listConfigs = endpoint('router.list-configs', {
  request: z.object({ limit: z.int().min(1).max(500), after: z.string().optional() }),
  reply: z.object({ data: z.array(configRecordSchema), ...page }),
  timeoutMs,
});

export const readConfig = endpoint('router.read-config', {
  request: z.object({ name: configNameSchema }),
  reply: configRecordSchema,
  timeoutMs,
});

/**
 * What a change expects to find: a revision, `any` for what must be there, `none` for what must not be there yet, or nothing
 * in particular.
 */
const expectedRevisionSchema = z.union([revision, z.literal(['any', 'none'])]).optional();

export const writeConfig = endpoint('router.write-config', {
  request: z.object({
    name: configNameSchema,
    /** The config's JSON, sealed, since it may hold keys: see `sealingKey`. */
    sealedConfig: z.string(),
    expectedRevision: expectedRevisionSchema,
  }),
  reply: configRecordSchema,
  timeoutMs,
});

export const deleteConfig = endpoint('router.delete-config', {
  request: z.object({ name: configNameSchema, expectedRevision: expectedRevisionSchema }),
  reply: z.object({ name: z.string(), deleted: z.literal(true) }),
  timeoutMs,
});

/** Newest first. */
export const listConfigRevisions = endpoint('router.list-config-revisions', {
  request: z.object({ name: configNameSchema }),
  reply: z.object({ data: z.array(configRevisionSchema), ...page }),
  timeoutMs,
});

/** Makes a former state the newest. */
export const rollBackConfig = endpoint('router.roll-back-config', {
  request: z.object({ name: configNameSchema, revision, expectedRevision: expectedRevisionSchema }),
  reply: configRecordSchema,
  timeoutMs,
});

/**
 * The public half of the key to which routers can open what is sealed for them. What is sealed to it is text that only
 * they can read: see `libs/service-kit/src/crypto/sealed-box.ts`.
 */
export const sealingKey = endpoint('router.sealing-key', {
  request: z.object({}),
  reply: z.object({ publicKey: z.string() }),
  timeoutMs: 2_000,
});
