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

export const teamSchema = z.object({
  id: idSchema,
  organisation_id: idSchema,
  name: nameSchema,
  /** None of the keys of a suspended one is accepted. */
  status: statusSchema,
  revision: revisionSchema,
  created_at: z.string(),
  updated_at: z.string(),
});

const timeoutMs = 5_000;
const { name, organisation_id, status } = teamSchema.shape;

export const listTeams = adminEndpoint('keys.list-teams', {
  request: z.object({ ...pageFields, organisation_id: organisation_id.optional() }),
  reply: pageOf(teamSchema),
  timeoutMs,
  http: { method: 'GET', path: '/teams', scope: 'keys', reach: 'organisation', summary: 'List the teams' },
});

export const createTeam = adminEndpoint('keys.create-team', {
  request: z.object({
    name,
    /** The admin key's own, else `default`. */
    organisation_id: organisation_id.optional(),
    idempotencyKey,
  }),
  reply: teamSchema,
  timeoutMs,
  http: {
    method: 'POST',
    path: '/teams',
    scope: 'keys',
    reach: 'organisation',
    summary: 'Make a team',
    audit: 'team.create',
  },
});

export const readTeam = adminEndpoint('keys.read-team', {
  request: z.object({ id: idSchema }),
  reply: teamSchema,
  timeoutMs,
  http: { method: 'GET', path: '/teams/:id', scope: 'keys', reach: 'organisation', summary: 'Read a team' },
});

export const updateTeam = adminEndpoint('keys.update-team', {
  request: z.object({ id: idSchema, name: name.optional(), status: status.optional(), expectedRevision }),
  reply: teamSchema,
  timeoutMs,
  http: {
    method: 'PATCH',
    path: '/teams/:id',
    scope: 'keys',
    reach: 'organisation',
    summary: 'Change a team, or suspend it',
    description: 'It holds for all of its keys in under a second.',
    audit: 'team.update',
  },
});

export const deleteTeam = adminEndpoint('keys.delete-team', {
  request: z.object({ id: idSchema, expectedRevision }),
  reply: deletedSchema,
  timeoutMs,
  http: {
    method: 'DELETE',
    path: '/teams/:id',
    scope: 'keys',
    reach: 'organisation',
    summary: 'Delete a team that has no live keys',
    audit: 'team.delete',
  },
});
