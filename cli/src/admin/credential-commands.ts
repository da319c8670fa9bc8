import {
  checkCredential,
  createCredential,
  deleteCredential,
  listCredentials,
  updateCredential,
} from '@weir/contracts/admin/credentials';
import { adminCommand, type AdminCommandGroup } from './admin-command.ts';
import { recordText } from './present.ts';

const name = { value: 'name', help: 'by which routing configs name it' };
const organisation_id = { flag: 'organisation', value: 'id', help: 'whose requests alone may use it' };

export const credentialCommands: AdminCommandGroup = {
  name: 'credentials',
  aliases: ['credential'],
  description: "providers' real keys",
  commands: [
    adminCommand({
      verb: 'list',
      endpoint: listCredentials,
      columns: ['id', 'name', 'provider', 'organisation_id', 'enabled', 'source', 'variable', 'last_four'],
    }),
    adminCommand({
      verb: 'create',
      endpoint: createCredential,
      summary: "Store a provider's real key, which is asked for or read from standard input",
      texts: { name, organisation_id },
      secret: 'required',
      present: (credential) => ({
        result: recordText(credential),
        notes: [`Whether ${credential.provider} takes it: weir credentials check ${credential.id}`],
      }),
    }),
    adminCommand({
      verb: 'update',
      endpoint: updateCredential,
      texts: { name },
      secret: '--replace-key',
    }),
    adminCommand({
      verb: 'delete',
      endpoint: deleteCredential,
      confirm: ({ id }) => `Delete credential ${id}? Requests that need it fail from now on.`,
    }),
    adminCommand({
      verb: 'check',
      endpoint: checkCredential,
      present: (reply) => ({
        result: recordText(reply),
        isBad: reply.accepted === false,
        notes: reply.accepted === false ? [`${reply.provider} does not take it: ${reply.detail}`] : [],
      }),
    }),
  ],
};
