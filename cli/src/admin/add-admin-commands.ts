import type { Command } from 'commander';
import { type CommandContext, CommandUsageError, parseWholeNumber } from '../context.ts';
import { addGatewayOptions } from '../gateway/ask-gateway.ts';
import type { AdminCommand, AdminCommandGroup } from './admin-command.ts';
import { type FieldOption, fieldOptions, givenOption } from './field-options.ts';
import { parseRevision } from './field-parsers.ts';
import { type AdminCommandOptions, defaultLimit, type Input, runAdminCommand } from './run-admin-command.ts';

/** `weir keys`, with a command for each of its contracts. */
export function addAdminCommandGroup(
  parent: Command,
  { addOwn, aliases, commands, description, groups = [], name }: AdminCommandGroup,
  context: CommandContext,
  within = 'weir',
): void {
  const group = parent.command(name).aliases(aliases);
  const path = `${within} ${name}`;
  const verbs = commands.map(({ verb }) => verb);
  const showCommandOf: ShowCommandOf = (id) => {
    // What there is one of is shown without an id.
    if (!verbs.includes('list')) return `${path} show`;
    return verbs.includes('show') && id !== undefined ? `${path} show ${id}` : `${path} list`;
  };
  for (const inner of groups) addAdminCommandGroup(group, inner, context, path);
  for (const command of commands) addAdminCommand(group, command, context, showCommandOf);
  addOwn?.(group, context);
  group.description(`${description}: ${group.commands.map((command) => command.name()).join(', ')}`);
}

/** The command that shows what another changes, by its id. */
type ShowCommandOf = (id: string | undefined) => string;

/** A command of the admin API: what it takes follows from its contract. */
export function addAdminCommand(
  parent: Command,
  command: AdminCommand,
  context: CommandContext,
  showCommandOf: ShowCommandOf,
): void {
  const { aliases = [], endpoint, secret, summary, verb } = command;
  const { description = '', scope, summary: title } = endpoint.http;
  const fields = fieldOptions(command);
  const added = parent
    .command(verb)
    .aliases(aliases)
    .description(summary ?? title);
  for (const field of fields) {
    if (field.isArgument) addArgument(added, field);
    else for (const option of field.options) added.addOption(option.makeOptionMandatory(field.isRequired));
  }
  if (secret?.startsWith('--')) added.option(secret, 'ask for a new one, or read it from standard input');
  addCommonOptions(added, command);
  added.addHelpText(
    'after',
    `\n${description}${description && '\n'}It takes an admin key with the scope ${scope}.`,
  );
  added.action(async () => {
    const input = await readFields(added, fields, context);
    const asksSecret = secret === 'required' || (secret !== undefined && isSet(added, secret));
    assertChange(command, input, asksSecret);
    // As it was given, which for an argument of several fields is none of them.
    const showCommand = showCommandOf(
      fields.some(({ isArgument }) => isArgument) ? added.args[0] : undefined,
    );
    const options = added.opts<AdminCommandOptions>();
    await runAdminCommand({ command, fields: input, options, asksSecret, showCommand }, context);
  });
}

function addArgument(added: Command, { help, isRequired, name, parse }: FieldOption): void {
  const argument = added.createArgument(isRequired ? `<${name}>` : `[${name}]`, help);
  if (parse) argument.argParser<unknown>((text) => parse(text));
  added.addArgument(argument);
}

function addCommonOptions(added: Command, { confirm, endpoint: { http } }: AdminCommand): void {
  if (http.isPaged) {
    added
      .option('--limit <n>', `at most so many (default: ${defaultLimit})`, parseWholeNumber)
      .option('--after <next>', 'what comes after there: the next part of a list');
  }
  if (http.csv) added.option('--csv', 'all of it as CSV, with a line of titles');
  if (http.takesRevision) {
    added.option('--if-revision <n>', 'only where this is still its revision', parseRevision);
  }
  if (http.takesIdempotencyKey) {
    added.option('--idempotency-key <key>', 'do it once, however often it is repeated with the same key');
  }
  if (confirm) added.option('--yes', 'do not ask');
  added.option('--json', "the API's answer, as JSON");
  addGatewayOptions(added);
}

/** The fields that were given, parsed, with the contents of the files that they name. */
async function readFields(
  added: Command,
  fields: readonly FieldOption[],
  { input: standardInput }: CommandContext,
): Promise<Input> {
  const read: Record<string, unknown> = {};
  let position = 0;
  for (const option of fields) {
    const { field, isArgument, isCombined, load } = option;
    const given: unknown = isArgument ? added.processedArgs[position++] : givenOption(added, option);
    if (isCombined) Object.assign(read, given);
    else if (given !== undefined) read[field] = load ? await load(given as string, standardInput) : given;
  }
  return read;
}

const isSet = (added: Command, flag: string): boolean =>
  added.options.some(
    (option) => option.long === flag && added.getOptionValue(option.attributeName()) === true,
  );

/** An update without a change is a mistake. */
function assertChange({ endpoint, fixed }: AdminCommand, input: Input, asksSecret: boolean): void {
  const { method, params } = endpoint.http;
  const given = Object.keys(input).filter((field) => !Object.hasOwn(params?.shape ?? {}, field));
  if (method !== 'PATCH' || fixed || asksSecret || given.length > 0) return;
  throw new CommandUsageError('Say what to change: its options are in --help.');
}
