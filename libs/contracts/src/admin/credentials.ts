import { z } from 'zod';
import { endpoint } from '../descriptors.ts';
import { isMaskedKey, maskedKeyProblem } from '../keys/masked-key.ts';
import { adminEndpoint } from './admin-endpoint.ts';
import {
  deletedSchema,
  expectedRevisionSchema as expectedRevision,
  idempotencyKeySchema as idempotencyKey,
  idSchema,
  pageFields,
  pageOf,
  revisionSchema,
  slugSchema,
} from './fields.ts';

/** A provider's real key, as admins see it: never the key. */
export const credentialSchema = z.object({
  id: idSchema,
  /** By which routing configs name it. */
  name: slugSchema,
  provider: z.string(),
  /** Whose requests may use it; `null` for everybody's. */
  organisation_id: idSchema.nullable(),
  enabled: z.boolean(),
  last_four: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
  revision: revisionSchema,
});

/** One that is stored, or one that the routers have from their environment, which is changed there and nowhere else. */
export const listedCredentialSchema = z.discriminatedUnion('source', [
  credentialSchema.extend({ source: z.literal('stored') }),
  z.object({
    source: z.literal('environment'),
    provider: z.string(),
    variable: z.string().nullable(),
    last_four: z.string(),
  }),
]);

/** What a header can carry, and is no mask of a key. */
const realKeySchema = z
  .string()
  .regex(/^[\x21-\x7e]{1,4096}$/, { error: 'must be printable ASCII without white space', abort: true })
  .refine((text) => !isMaskedKey(text), { error: maskedKeyProblem });

const providerSchema = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, {
  error: 'must be the name of a provider, as "openai"',
});

const timeoutMs = 5_000;
const { enabled, name, organisation_id } = credentialSchema.shape;

const listShape = {
  ...pageFields,
  organisation_id: idSchema.optional(),
  provider: providerSchema.optional(),
};

/** Those that are stored; what admins get is `listCredentials`. */
export const listStoredCredentials = endpoint('keys.list-credentials', {
  request: z.object(listShape),
  reply: pageOf(credentialSchema),
  timeoutMs,
  isIdempotent: true,
  share: 'operations',
});

export const listCredentials = adminEndpoint('ingress.list-credentials', {
  request: z.object(listShape),
  reply: pageOf(listedCredentialSchema),
  timeoutMs,
  http: {
    method: 'GET',
    path: '/credentials',
    scope: 'credentials',
    reach: 'organisation',
    summary: "List the providers' credentials",
    description:
      'Those of the environment come first. A key of one organisation sees the ones that are stored for it, and not the shared ones.',
  },
});

export const createCredential = adminEndpoint('keys.create-credential', {
  request: z.object({
    name,
    provider: providerSchema,
    /** The admin key's own, else everybody's. */
    organisation_id: organisation_id.optional(),
    enabled: enabled.default(true),
    sealedApiKey: z.string(),
    idempotencyKey,
  }),
  reply: credentialSchema,
  timeoutMs,
  http: {
    method: 'POST',
    path: '/credentials',
    scope: 'credentials',
    reach: 'organisation',
    summary: "Store a provider's real key",
    description: '`api_key` is the key. It is encrypted, and never shown again.',
    sealed: { field: 'api_key', as: 'sealedApiKey', schema: realKeySchema },
    audit: 'credential.create',
  },
});

export const updateCredential = adminEndpoint('keys.update-credential', {
  request: z.object({
    id: idSchema,
    name: name.optional(),
    enabled: enabled.optional(),
    sealedApiKey: z.string().optional(),
    expectedRevision,
  }),
  reply: credentialSchema,
  timeoutMs,
  http: {
    method: 'PATCH',
    path: '/credentials/:id',
    scope: 'credentials',
    reach: 'organisation',
    summary: 'Change a credential, or replace its key',
    description: 'The routers use a new key in under a second.',
    sealed: { field: 'api_key', as: 'sealedApiKey', schema: realKeySchema.optional() },
    audit: 'credential.update',
  },
});

export const deleteCredential = adminEndpoint('keys.delete-credential', {
  request: z.object({ id: idSchema, expectedRevision }),
  reply: deletedSchema,
  timeoutMs,
  http: {
    method: 'DELETE',
    path: '/credentials/:id',
    scope: 'credentials',
    reach: 'organisation',
    summary: 'Delete a credential',
    audit: 'credential.delete',
  },
});

export const checkCredential = adminEndpoint('router.check-credential', {
  request: z.object({ id: idSchema }),
  reply: z.object({
    id: z.string(),
    provider: z.string(),
    /** Null where the provider could not be asked, or has no call that costs nothing. */
    accepted: z.boolean().nullable(),
    /** What the provider or its absence says, in our words. */
    detail: z.string(),
    latency_ms: z.number().nonnegative(),
  }),
  timeoutMs: 15_000,
  http: {
    method: 'POST',
    path: '/credentials/:id/check',
    scope: 'credentials',
    reach: 'organisation',
    summary: 'Ask the provider whether it takes the key',
    description: 'By a call that costs no tokens.',
    audit: 'credential.check',
  },
});
