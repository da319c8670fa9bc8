import { AdminApiError } from '@weir/admin-client/admin-api-error';
import { listOrganisations } from '@weir/contracts/admin/organisations';
import type { Command } from 'commander';
import { type CommandContext, CommandError } from '../context.ts';
import { addGatewayOptions, askGateway, type GatewayOptions } from '../gateway/ask-gateway.ts';
import { checkedGateway, findUrl } from '../gateway/find-gateway.ts';
import {
  defaultProfile,
  parseProfileName,
  profileFile,
  readProfiles,
  writeProfiles,
} from '../gateway/profiles.ts';
import { askSecret } from '../prompts.ts';
import { writeLine } from '../terminal-text.ts';

/** `weir login` and `weir logout`: which gateway the command administers, and with which key. */
export function addLoginCommands(program: Command, context: CommandContext): void {
  const { environment, err } = context;
  const file = profileFile(environment);

  const login = program
    .command('login')
    .description('keep an admin key for a gateway, once it has been tried')
    .addHelpText(
      'after',
      `
The key is asked for, or read from WEIR_ADMIN_KEY or from standard input. It is kept in profiles.json in WEIR_CONFIG_DIR
(~/.config/weir), which only its owner can read. Without --profile, the profile is "${defaultProfile}".`,
    );
  addGatewayOptions(login).action(async (options: GatewayOptions) => {
    const name = parseProfileName(options.profile ?? defaultProfile);
    const profiles = new Map(await readProfiles(file));
    const url = await findUrl({ url: options.url, profile: name }, context);
    writeLine(err, `Logging in to ${url}`);
    const given = environment['WEIR_ADMIN_KEY'];
    const adminKey = given ?? (await askSecret('admin key', context));
    const keySource = given ? 'WEIR_ADMIN_KEY' : 'what was typed';
    const gateway = checkedGateway({ url, adminKey, keySource });
    const asked = { endpoint: listOrganisations, showCommand: '', gateway };
    await askGateway(asked, options, context, async (client) => {
      await client.call(listOrganisations, { limit: 1 }).catch(unlessKnown);
    });
    profiles.set(name, { url, admin_key: adminKey });
    const warning = await writeProfiles(file, profiles);
    if (warning !== undefined) writeLine(err, `weir: warning: ${warning}`);
    const use = name === defaultProfile ? 'Commands use it' : `Use it with --profile ${name}`;
    const which = given === undefined ? 'The key' : 'The key that WEIR_ADMIN_KEY has';
    const hint = given === undefined ? '' : ' WEIR_ADMIN_KEY itself goes before it, as long as it is set.';
    writeLine(err, `${which} is kept as profile ${name} in ${file}. ${use}.${hint}`);
  });

  program
    .command('logout')
    .description('forget an admin key that login has kept')
    .option('--profile <name>', `as login has it (default: ${defaultProfile})`)
    .action(async ({ profile }: { profile?: string }) => {
      const name = parseProfileName(profile ?? defaultProfile);
      const profiles = new Map(await readProfiles(file));
      if (!profiles.delete(name)) throw new CommandError(`There is no profile ${name} in ${file}.`);
      await writeProfiles(file, profiles);
      writeLine(err, `Profile ${name} is forgotten. The key itself holds until: weir admin-keys delete <id>`);
    });
}

/** A key that may do other things only is known all the same. */
function unlessKnown(error: unknown): void {
  if (!(error instanceof AdminApiError) || error.code !== 'insufficient_scope') throw error;
}
