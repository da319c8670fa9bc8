import { z } from 'zod';
import { isBuiltInPolicy } from '../guardrails/policies.ts';
import { maxStoredPolicyBytes } from '../limits.ts';
import { adminEndpoint } from './admin-endpoint.ts';
import { anyDocumentSchema, documentFields, documentRoutes, documentTimeoutMs } from './documents.ts';
import { expectedRevisionSchema as expectedRevision, slugSchema } from './fields.ts';

/** Of a built-in policy too. */
export const policyNameSchema = slugSchema;

/** What a policy that is written may be called. */
export const storedPolicyNameSchema = slugSchema
  .refine((name) => name !== 'inline', {
    error: 'must not be "inline", which stands for policies without a name',
  })
  .refine((name) => !isBuiltInPolicy(name), {
    error: 'must not be that of a built-in policy, which cannot be changed',
  });

/** A policy as it is given and shown; what it may say is the guardrails' to judge. */
export const anyPolicySchema = anyDocumentSchema;

/** A policy as admins see it. */
export const policyRecordSchema = z.object({
  ...documentFields,
  /** 0 where it is built in. */
  revision: z.int().nonnegative(),
  /** RFC 3339, UTC; null where it is built in. */
  updated_at: z.string().nullable(),
  built_in: z.boolean(),
  /** Secrets are masked but for their last four characters. */
  policy: anyPolicySchema,
});

/** One of a policy's former states; `policy` is null where it was deleted. */
export const policyRevisionSchema = z.object({
  name: documentFields.name,
  revision: documentFields.revision,
  updated_at: documentFields.updated_at,
  policy: anyPolicySchema.nullable(),
});

const routes = documentRoutes({
  service: 'guardrails',
  kind: 'policy',
  title: 'guardrail policy',
  path: '/policies',
  scope: 'policies',
  readableName: policyNameSchema,
  storedName: storedPolicyNameSchema,
  record: policyRecordSchema,
  past: policyRevisionSchema,
});

export const listPolicies = routes.list;
export const readPolicy = routes.read;
export const deletePolicy = routes.delete;
export const listPolicyRevisions = routes.listRevisions;
export const rollBackPolicy = routes.rollBack;

export const writePolicy = adminEndpoint('guardrails.write-policy', {
  request: z.object({ name: storedPolicyNameSchema, sealedPolicy: z.string(), expectedRevision }),
  reply: policyRecordSchema,
  timeoutMs: documentTimeoutMs,
  http: {
    method: 'PUT',
    path: '/policies/:name',
    scope: 'policies',
    summary: 'Write a guardrail policy',
    description: 'The body is the policy. It holds in every replica in under a second.',
    body: 'policy',
    maxBodyBytes: maxStoredPolicyBytes,
    sealed: { field: 'policy', as: 'sealedPolicy', schema: anyPolicySchema },
    audit: 'policy.write',
  },
});
