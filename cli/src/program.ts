import { Command, CommanderError } from '@commander-js/extra-typings';
import { Fault } from '@weir/service-kit/fault';
import type { Command as UntypedCommand } from 'commander';
import { version } from '@weir/service-kit/version';
import { addAdministrationCommands } from './commands/administration.ts';
import { addBusCommands } from './commands/bus.ts';
import { addCompletionCommand, withoutAliases } from './commands/completion.ts';
import { addDeadLetterCommands } from './commands/dead-letters.ts';
import { addLoginCommands } from './commands/login.ts';
import { addReplayCommand } from './commands/replay.ts';
import { type CommandContext, CommandError, CommandUsageError } from './context.ts';
import { oneLine, writeLine } from './terminal-text.ts';

/** Adds a command, or a group of them, to the program. */
export type AddCommand = (program: Command, context: CommandContext) => void;

/** In the order in which `weir --help` shows them. A new one is a file in `commands/` and a line here. */
const commands: readonly AddCommand[] = [
  untyped(addLoginCommands),
  untyped(addAdministrationCommands),
  addBusCommands,
  addDeadLetterCommands,
  addReplayCommand,
  untyped(addCompletionCommand),
];

/** Options that follow from contracts are known at run time only: they have no types. */
function untyped(add: (program: UntypedCommand, context: CommandContext) => void): AddCommand {
  return (program, context) => {
    add(program as unknown as UntypedCommand, context);
  };
}

/**
 * Runs `weir` and resolves to its exit code: 0, 1 where it could not do what it was asked, 2 where it could not make out
 * what that was. What failed is one line on standard error.
 */
export async function runCommandLine(args: readonly string[], context: CommandContext): Promise<number> {
  const { out, err } = context;
  const program = new Command('weir')
    .description('Administers a running Weir, looks into it and operates it.')
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => out.write(text),
      writeErr: (text) => err.write(text),
      outputError: (text) => {
        writeLine(err, `weir: ${sentence(text.replace(/^error: /, ''))} See: weir --help`);
      },
    })
    .addHelpText(
      'after',
      `
What administers asks the gateway: the one of --url and --profile, else of WEIR_URL and WEIR_ADMIN_KEY, else the one that
weir login has kept, else the one that \`npm start\` runs here (WEIR_STATE_DIR, .weir).

bus, dead-letters and replay ask NATS: the one that \`npm start\` runs here. Elsewhere, NATS_URL says where NATS is, and
WEIR_NATS_OPERATOR_PASSWORD and WEIR_NATS_OBSERVER_PASSWORD open it; weir.env is read too.`,
    );
  for (const add of commands) add(program, context);
  try {
    await program.parseAsync(withoutAliases(program as unknown as UntypedCommand, args), { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    writeLine(err, `weir: ${describe(error)}`);
    return error instanceof CommandUsageError ? 2 : 1;
  }
}

function describe(error: unknown): string {
  if (error instanceof CommandError || error instanceof Fault) return oneLine(error.message);
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return `${oneLine(text)} This was not foreseen: please report it.`;
}

function sentence(text: string): string {
  return oneLine(text).replace(/[^.)]$/, '$&.');
}
