import { z } from 'zod';
import { maxStoredConfigBytes } from '../limits.ts';
import { adminEndpoint } from './admin-endpoint.ts';
import { expectedRevisionSchema as expectedRevision, pageFields, pageOf, revisionSchema } from './fields.ts';

/** Names are parts of KV keys and of URLs. */
export const configNameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, {
    error: 'must be lower case letters, digits, hyphens and underscores, at most 64',
  })
  .refine((name) => name !== 'inline', {
    error: 'must not be "inline", which stands for configs without a name',
  });

/** A routing config as it is given and shown; what it may say is the router's to judge. */
export const anyConfigSchema = z.record(z.string(), z.unknown());

/** A stored routing config, as admins see it. */
export const configRecordSchema = z.object({
  name: z.string(),
  /** Grows with every change of any config; it is the ETag. */
  revision: revisionSchema,
  /** RFC 3339, UTC. */
  updated_at: z.string(),
  /** Secrets are masked but for their last four characters. */
  config: anyConfigSchema,
  /** What of it has no effect, and what it names that is not there. */
  warnings: z.array(z.string()),
});

/** One of a config's former states; `config` is null where it was deleted. */
export const configRevisionSchema = configRecordSchema
  .omit({ warnings: true })
  .extend({ config: anyConfigSchema.nullable() });

const timeoutMs = 5_000;

export const listConfigs = adminEndpoint('router.list-configs', {
  request: z.object(pageFields),
  reply: pageOf(configRecordSchema),
  timeoutMs,
  http: {
    method: 'GET',
    path: '/configs',
    scope: 'configs',
    summary: 'List the routing configs',
    description: 'By name. Secrets are masked.',
  },
});

export const readConfig = adminEndpoint('router.read-config', {
  request: z.object({ name: configNameSchema }),
  reply: configRecordSchema,
  timeoutMs,
  http: { method: 'GET', path: '/configs/:name', scope: 'configs', summary: 'Read a routing config' },
});

export const writeConfig = adminEndpoint('router.write-config', {
  request: z.object({ name: configNameSchema, sealedConfig: z.string(), expectedRevision }),
  reply: configRecordSchema,
  timeoutMs,
  http: {
    method: 'PUT',
    path: '/configs/:name',
    scope: 'configs',
    summary: 'Write a routing config',
    description: 'The body is the config. It is live in every replica in under a second.',
    body: 'config',
    maxBodyBytes: maxStoredConfigBytes,
    sealed: { field: 'config', as: 'sealedConfig', schema: anyConfigSchema },
    audit: 'config.write',
  },
});

export const deleteConfig = adminEndpoint('router.delete-config', {
  request: z.object({ name: configNameSchema, expectedRevision }),
  reply: z.object({ name: z.string(), deleted: z.literal(true) }),
  timeoutMs,
  http: {
    method: 'DELETE',
    path: '/configs/:name',
    scope: 'configs',
    summary: 'Delete a routing config',
    description: 'Its former states are kept, and it can be rolled back to one of them.',
    audit: 'config.delete',
  },
});

export const listConfigRevisions = adminEndpoint('router.list-config-revisions', {
  request: z.object({ name: configNameSchema }),
  reply: pageOf(configRevisionSchema),
  timeoutMs,
  http: {
    method: 'GET',
    path: '/configs/:name/revisions',
    scope: 'configs',
    summary: 'List the former states of a routing config',
    description: 'Newest first.',
  },
});

export const rollBackConfig = adminEndpoint('router.roll-back-config', {
  request: z.object({ name: configNameSchema, revision: revisionSchema, expectedRevision }),
  reply: configRecordSchema,
  timeoutMs,
  http: {
    method: 'POST',
    path: '/configs/:name/rollback',
    scope: 'configs',
    summary: 'Make a former state of a routing config the newest',
    audit: 'config.rollback',
  },
});
