import { z } from 'zod';
import { defaultPolicy } from '../guardrails/policies.ts';
import { accessFields } from './access-fields.ts';
import { adminEndpoint } from './admin-endpoint.ts';
import {
  deletedSchema,
  expectedRevisionSchema as expectedRevision,
  idempotencyKeySchema as idempotencyKey,
  idSchema,
  nameSchema,
  pageFields,
  pageOf,
  revisionSchema,
  slugSchema,
  statusSchema,
  timeZoneSchema,
} from './fields.ts';

export const organisationSchema = z.object({
  id: slugSchema,
  name: nameSchema,
  /** None of the keys of a suspended one is accepted. */
  status: statusSchema,
  /** In which its days and months begin. */
  time_zone: z.string(),
  /** What the requests of all of its keys have to pass, beside what a key is bound to. `off` checks nothing. */
  guardrail_policy: slugSchema,
  /** A ceiling for all of its keys. */
  ...accessFields,
  revision: revisionSchema,
  created_at: z.string(),
  updated_at: z.string(),
});

const timeoutMs = 5_000;
const { id, name, status } = organisationSchema.shape;

export const listOrganisations = adminEndpoint('keys.list-organisations', {
  request: z.object(pageFields),
  reply: pageOf(organisationSchema),
  timeoutMs,
  http: {
    method: 'GET',
    path: '/organisations',
    scope: 'read',
    reach: 'organisation',
    summary: 'List the organisations',
    description: 'A key of one organisation sees that one alone.',
  },
});

export const createOrganisation = adminEndpoint('keys.create-organisation', {
  request: z.object({
    /** Made where it is not given. */
    id: id.optional(),
    name,
    time_zone: timeZoneSchema.default('UTC'),
    guardrail_policy: slugSchema.default(defaultPolicy),
    allowed_models: accessFields.allowed_models.default(null),
    allowed_providers: accessFields.allowed_providers.default(null),
    allowed_configs: accessFields.allowed_configs.default(null),
    inline_configs: accessFields.inline_configs.default(true),
    custom_hosts: accessFields.custom_hosts.default(null),
    idempotencyKey,
  }),
  reply: organisationSchema,
  timeoutMs,
  http: {
    method: 'POST',
    path: '/organisations',
    scope: 'owner',
    summary: 'Make an organisation',
    audit: 'organisation.create',
  },
});

export const readOrganisation = adminEndpoint('keys.read-organisation', {
  request: z.object({ id: idSchema }),
  reply: organisationSchema,
  timeoutMs,
  http: {
    method: 'GET',
    path: '/organisations/:id',
    scope: 'read',
    reach: 'organisation',
    summary: 'Read an organisation',
  },
});

export const updateOrganisation = adminEndpoint('keys.update-organisation', {
  request: z.object({
    id: idSchema,
    name: name.optional(),
    status: status.optional(),
    time_zone: timeZoneSchema.optional(),
    guardrail_policy: slugSchema.optional(),
    ...z.object(accessFields).partial().shape,
    expectedRevision,
  }),
  reply: organisationSchema,
  timeoutMs,
  http: {
    method: 'PATCH',
    path: '/organisations/:id',
    scope: 'owner',
    summary: 'Change an organisation, or suspend it',
    description: 'It holds for all of its keys in under a second.',
    audit: 'organisation.update',
  },
});

export const deleteOrganisation = adminEndpoint('keys.delete-organisation', {
  request: z.object({ id: idSchema, expectedRevision }),
  reply: deletedSchema,
  timeoutMs,
  http: {
    method: 'DELETE',
    path: '/organisations/:id',
    scope: 'owner',
    summary: 'Delete an organisation that has nothing left',
    description: 'Refused while it has teams, users, live keys, credentials or admin keys.',
    audit: 'organisation.delete',
  },
});
