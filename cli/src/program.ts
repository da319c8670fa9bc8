import { Command, CommanderError } from '@commander-js/extra-typings';
import { Fault } from '@weir/service-kit/fault';
import { version } from '@weir/service-kit/version';
import { addBusCommands } from './commands/bus.ts';
import { addDeadLetterCommands } from './commands/dead-letters.ts';
import { addReplayCommand } from './commands/replay.ts';
import { type CommandContext, CommandError, CommandUsageError, writeLine } from './context.ts';

/** Adds a command, or a group of them, to the program. */
export type AddCommand = (program: Command, context: CommandContext) => void;

/** In the order in which `weir --help` shows them. A new one is a file in `commands/` and a line here. */
const commands: readonly AddCommand[] = [addBusCommands, addDeadLetterCommands, addReplayCommand];

/**
 * Runs `weir` and resolves to its exit code: 0, 1 where it could not do what it was asked, 2 where it could not make out
 * what that was. What failed is one line on standard error.
 */
export async function runCommandLine(args: readonly string[], context: CommandContext): Promise<number> {
  const { out, err } = context;
  const program = new Command('weir')
    .description('Looks into a running Weir and operates it.')
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
It finds the Weir that \`npm start\` runs in this folder by the state folder (WEIR_STATE_DIR, .weir). Elsewhere, NATS_URL
says where NATS is, and WEIR_NATS_OPERATOR_PASSWORD and WEIR_NATS_OBSERVER_PASSWORD open it; weir.env is read too.`,
    );
  for (const add of commands) add(program, context);
  try {
    await program.parseAsync(args, { from: 'user' });
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

function oneLine(text: string): string {
  return text.trim().replaceAll(/\s*\n\s*/g, ' ');
}

function sentence(text: string): string {
  return oneLine(text).replace(/[^.)]$/, '$&.');
}
