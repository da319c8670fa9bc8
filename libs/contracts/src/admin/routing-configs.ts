import { z } from 'zod';
import { maxStoredConfigBytes } from '../limits.ts';
import { adminEndpoint } from './admin-endpoint.ts';
import { anyDocumentSchema, documentFields, documentRoutes, documentTimeoutMs } from './documents.ts';
import { expectedRevisionSchema as expectedRevision, slugSchema } from './fields.ts';

/** Names are parts of KV keys and of URLs. */
export const configNameSchema = slugSchema.refine((name) => name !== 'inline', {
  error: 'must not be "inline", which stands for configs without a name',
});

/** A routing config as it is given and shown; what it may say is the router's to judge. */
export const anyConfigSchema = anyDocumentSchema;

/** A stored routing config, as admins see it. */
export const configRecordSchema = z.object({
  ...documentFields,
  /** Secrets are masked but for their last four characters. */
  config: anyConfigSchema,
});

/** One of a config's former states; `config` is null where it was deleted. */
export const configRevisionSchema = configRecordSchema
  .omit({ warnings: true })
  .extend({ config: anyConfigSchema.nullable() });

const routes = documentRoutes({
  service: 'router',
  kind: 'config',
  title: 'routing config',
  path: '/configs',
  scope: 'configs',
  readableName: configNameSchema,
  storedName: configNameSchema,
  record: configRecordSchema,
  past: configRevisionSchema,
});

export const listConfigs = routes.list;
export const readConfig = routes.read;
export const deleteConfig = routes.delete;
export const listConfigRevisions = routes.listRevisions;
export const rollBackConfig = routes.rollBack;

export const writeConfig = adminEndpoint('router.write-config', {
  request: z.object({ name: configNameSchema, sealedConfig: z.string(), expectedRevision }),
  reply: configRecordSchema,
  timeoutMs: documentTimeoutMs,
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
