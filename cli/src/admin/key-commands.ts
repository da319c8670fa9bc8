import { createAdminKey, deleteAdminKey, listAdminKeys } from '@weir/contracts/admin/admin-keys';
import {
  createKey,
  deleteKey,
  listKeys,
  readKey,
  revokeKey,
  rotateKey,
  updateKey,
} from '@weir/contracts/admin/virtual-keys';
import {
  adminCommand,
  type AdminCommandGroup,
  type Circumstances,
  type Presentation,
} from './admin-command.ts';
import { addImportCommand } from './import-keys.ts';

export const keyCommands: AdminCommandGroup = {
  name: 'keys',
  aliases: ['key'],
  description: 'virtual keys, with which callers ask',
  commands: [
    adminCommand({
      verb: 'list',
      endpoint: listKeys,
      texts: { status: { value: 'status', help: 'only those' } },
      columns: ['id', 'name', 'organisation_id', 'team_id', 'user_id', 'status', 'expires_at', 'tags'],
    }),
    adminCommand({ verb: 'create', endpoint: createKey, present: presentKey }),
    adminCommand({ verb: 'show', endpoint: readKey }),
    adminCommand({ verb: 'update', endpoint: updateKey }),
    adminCommand({
      verb: 'rotate',
      endpoint: rotateKey,
      confirm: ({ grace_seconds, id }) =>
        grace_seconds === 0
          ? `Rotate key ${id} without grace? Whoever uses it is refused until they have the new one.`
          : undefined,
      present: presentKey,
    }),
    adminCommand({
      verb: 'revoke',
      endpoint: revokeKey,
      confirm: ({ id }) => `Revoke key ${id} for good? Whoever uses it is refused from now on.`,
    }),
    adminCommand({
      verb: 'delete',
      endpoint: deleteKey,
      confirm: ({ id }) => `Delete key ${id}? Whoever uses it is refused from now on.`,
    }),
  ],
  addOwn: addImportCommand,
};

export const adminKeyCommands: AdminCommandGroup = {
  name: 'admin-keys',
  aliases: ['admin-key'],
  description: 'keys for the admin API',
  commands: [
    adminCommand({
      verb: 'list',
      endpoint: listAdminKeys,
      columns: ['id', 'name', 'scopes', 'organisation_id', 'last_four', 'expires_at', 'created_at'],
    }),
    adminCommand({
      verb: 'create',
      endpoint: createAdminKey,
      present: ({ id, key, name }) => ({
        result: key,
        notes: [
          `This is admin key ${id}, "${name}". It is not shown again. Whoever gets it runs: weir login`,
        ],
      }),
    }),
    adminCommand({
      verb: 'delete',
      endpoint: deleteAdminKey,
      confirm: ({ id }) => `Revoke admin key ${id} for good?`,
    }),
  ],
};

/** The key alone is the result, so that a script can take it. Logs get standard error, where it is not. */
function presentKey(
  { id, key, name }: { id: string; key: string; name: string },
  { gateway, isOnTerminal }: Circumstances,
): Presentation {
  const shown = isOnTerminal ? `'Authorization: Bearer ${key}'` : '"Authorization: Bearer $KEY"';
  return {
    result: key,
    notes: [
      `This is key ${id}, "${name}". It is not shown again. Which models it may use:`,
      `  curl ${gateway.url}/v1/models -H ${shown}`,
    ],
  };
}
