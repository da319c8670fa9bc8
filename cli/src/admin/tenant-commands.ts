import {
  createOrganisation,
  deleteOrganisation,
  listOrganisations,
  readOrganisation,
  updateOrganisation,
} from '@weir/contracts/admin/organisations';
import { createTeam, deleteTeam, listTeams, readTeam, updateTeam } from '@weir/contracts/admin/teams';
import { createUser, deleteUser, listUsers, readUser, updateUser } from '@weir/contracts/admin/users';
import { adminCommand, type AdminCommandGroup } from './admin-command.ts';

const active = { status: 'active' } as const;
const suspended = { status: 'suspended' } as const;

const stops = 'None of its keys is accepted until it is resumed.';

export const organisationCommands: AdminCommandGroup = {
  name: 'organisations',
  aliases: ['organisation', 'organizations', 'organization', 'orgs', 'org'],
  description: 'who uses the gateway, and what each may ask for at most',
  commands: [
    adminCommand({
      verb: 'list',
      endpoint: listOrganisations,
      columns: [
        ...(['id', 'name', 'status', 'time_zone', 'guardrail_policy'] as const),
        ...(['allowed_models', 'allowed_providers', 'created_at'] as const),
      ],
    }),
    adminCommand({
      verb: 'create',
      endpoint: createOrganisation,
      texts: { id: { value: 'id', help: 'its id, as acme; made where it is not given' } },
    }),
    adminCommand({ verb: 'show', endpoint: readOrganisation }),
    adminCommand({ verb: 'update', endpoint: updateOrganisation }),
    adminCommand({
      verb: 'suspend',
      endpoint: updateOrganisation,
      summary: 'Stop all keys of an organisation for the time being',
      fixed: suspended,
      confirm: ({ id }) => `Suspend organisation ${id}? ${stops}`,
    }),
    adminCommand({
      verb: 'resume',
      endpoint: updateOrganisation,
      summary: 'Accept the keys of an organisation again',
      fixed: active,
    }),
    adminCommand({
      verb: 'delete',
      endpoint: deleteOrganisation,
      confirm: ({ id }) => `Delete organisation ${id}?`,
    }),
  ],
};

export const teamCommands: AdminCommandGroup = {
  name: 'teams',
  aliases: ['team'],
  description: "an organisation's teams",
  commands: [
    adminCommand({
      verb: 'list',
      endpoint: listTeams,
      columns: ['id', 'name', 'organisation_id', 'status', 'created_at'],
    }),
    adminCommand({ verb: 'create', endpoint: createTeam }),
    adminCommand({ verb: 'show', endpoint: readTeam }),
    adminCommand({ verb: 'update', endpoint: updateTeam }),
    adminCommand({
      verb: 'suspend',
      endpoint: updateTeam,
      summary: 'Stop all keys of a team for the time being',
      fixed: suspended,
      confirm: ({ id }) => `Suspend team ${id}? ${stops}`,
    }),
    adminCommand({
      verb: 'resume',
      endpoint: updateTeam,
      summary: 'Accept the keys of a team again',
      fixed: active,
    }),
    adminCommand({ verb: 'delete', endpoint: deleteTeam, confirm: ({ id }) => `Delete team ${id}?` }),
  ],
};

export const userCommands: AdminCommandGroup = {
  name: 'users',
  aliases: ['user'],
  description: "an organisation's users",
  commands: [
    adminCommand({
      verb: 'list',
      endpoint: listUsers,
      columns: ['id', 'name', 'email', 'organisation_id', 'status', 'created_at'],
    }),
    adminCommand({ verb: 'create', endpoint: createUser }),
    adminCommand({ verb: 'show', endpoint: readUser }),
    adminCommand({ verb: 'update', endpoint: updateUser }),
    adminCommand({
      verb: 'suspend',
      endpoint: updateUser,
      summary: 'Stop all keys of a user for the time being',
      fixed: suspended,
      confirm: ({ id }) => `Suspend user ${id}? ${stops}`,
    }),
    adminCommand({
      verb: 'resume',
      endpoint: updateUser,
      summary: 'Accept the keys of a user again',
      fixed: active,
    }),
    adminCommand({ verb: 'delete', endpoint: deleteUser, confirm: ({ id }) => `Delete user ${id}?` }),
  ],
};
