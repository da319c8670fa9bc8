import {
  createOrganisation,
  deleteOrganisation,
  listOrganisations,
  readOrganisation,
  updateOrganisation,
} from '@weir/contracts/admin/organisations';
import { createTeam, deleteTeam, listTeams, readTeam, updateTeam } from '@weir/contracts/admin/teams';
import { createUser, deleteUser, listUsers, readUser, updateUser } from '@weir/contracts/admin/users';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Queryable } from '@weir/service-kit/database/query';
import { v7 as uuidv7 } from 'uuid';
import type { ChangeRunner } from './changes/change-runner.ts';
import { organisationFor } from '@weir/service-kit/admin/reach';
import { createTenantHandlers } from './endpoints/tenants.ts';
import { organisations } from './tables/organisations.ts';
import { teams, users } from './tables/teams-and-users.ts';

interface TenantParts {
  readonly changes: ChangeRunner;
  readonly database: Queryable;
}

/** All that administers organisations, teams and users. */
export function serveTenants(bus: Pick<Bus, 'serve'>, parts: TenantParts): void {
  serveOrganisations(bus, parts);
  serveTeams(bus, parts);
  serveUsers(bus, parts);
}

function serveOrganisations(bus: Pick<Bus, 'serve'>, parts: TenantParts): void {
  const { create, list, read, remove, update } = createTenantHandlers(organisations, parts);
  bus.serve(listOrganisations, list);
  bus.serve(readOrganisation, read);
  bus.serve(updateOrganisation, update);
  bus.serve(deleteOrganisation, remove);
  bus.serve(createOrganisation, (request) => {
    const { id = uuidv7(), ...fields } = request.data;
    return create({ ...fields, id, status: 'active' }, request);
  });
}

function serveTeams(bus: Pick<Bus, 'serve'>, parts: TenantParts): void {
  const { create, list, read, remove, update } = createTenantHandlers(teams, parts);
  bus.serve(listTeams, list);
  bus.serve(readTeam, read);
  bus.serve(updateTeam, update);
  bus.serve(deleteTeam, remove);
  bus.serve(createTeam, (request) => {
    const { name, organisation_id: named } = request.data;
    const organisation_id = organisationFor(request.envelope, named);
    return create({ id: uuidv7(), organisation_id, name, status: 'active' }, request);
  });
}

function serveUsers(bus: Pick<Bus, 'serve'>, parts: TenantParts): void {
  const { create, list, read, remove, update } = createTenantHandlers(users, parts);
  bus.serve(listUsers, list);
  bus.serve(readUser, read);
  bus.serve(updateUser, update);
  bus.serve(deleteUser, remove);
  bus.serve(createUser, (request) => {
    const { email, name, organisation_id: named } = request.data;
    const organisation_id = organisationFor(request.envelope, named);
    return create({ id: uuidv7(), organisation_id, name, email, status: 'active' }, request);
  });
}
