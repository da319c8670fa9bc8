import { z } from 'zod';
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
  statusSchema,
} from './fields.ts';

export const userSchema = z.object({
  id: idSchema,
  organisation_id: idSchema,
  name: nameSchema,
  email: z.email().max(254).nullable(),
  /** None of the keys of a suspended one is accepted. */
  status: statusSchema,
  revision: revisionSchema,
  created_at: z.string(),
  updated_at: z.string(),
});

const timeoutMs = 5_000;
const { email, name, organisation_id, status } = userSchema.shape;

export const listUsers = adminEndpoint('keys.list-users', {
  request: z.object({ ...pageFields, organisation_id: organisation_id.optional() }),
  reply: pageOf(userSchema),
  timeoutMs,
  http: { method: 'GET', path: '/users', scope: 'keys', reach: 'organisation', summary: 'List the users' },
});

export const createUser = adminEndpoint('keys.create-user', {
  request: z.object({
    name,
    email: email.default(null),
    /** The admin key's own, else `default`. */
    organisation_id: organisation_id.optional(),
    idempotencyKey,
  }),
  reply: userSchema,
  timeoutMs,
  http: {
    method: 'POST',
    path: '/users',
    scope: 'keys',
    reach: 'organisation',
    summary: 'Make a user',
    audit: 'user.create',
  },
});

export const readUser = adminEndpoint('keys.read-user', {
  request: z.object({ id: idSchema }),
  reply: userSchema,
  timeoutMs,
  http: { method: 'GET', path: '/users/:id', scope: 'keys', reach: 'organisation', summary: 'Read a user' },
});

export const updateUser = adminEndpoint('keys.update-user', {
  request: z.object({
    id: idSchema,
    name: name.optional(),
    email: email.optional(),
    status: status.optional(),
    expectedRevision,
  }),
  reply: userSchema,
  timeoutMs,
  http: {
    method: 'PATCH',
    path: '/users/:id',
    scope: 'keys',
    reach: 'organisation',
    summary: 'Change a user, or suspend it',
    description: 'It holds for all of its keys in under a second.',
    audit: 'user.update',
  },
});

export const deleteUser = adminEndpoint('keys.delete-user', {
  request: z.object({ id: idSchema, expectedRevision }),
  reply: deletedSchema,
  timeoutMs,
  http: {
    method: 'DELETE',
    path: '/users/:id',
    scope: 'keys',
    reach: 'organisation',
    summary: 'Delete a user that has no live keys',
    audit: 'user.delete',
  },
});
