import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';

/**
 * `weir completion <shell>`: a script that makes the shell complete commands, flags and values. It asks `weir complete`, which
 * reads them from the program itself: this has to be added last.
 */
export function addCompletionCommand(program: Command): void {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- it is typed by another copy of commander
  tab(program, { completionCommandName: 'completion' });
}

/** What a shell asks to complete, with the names of commands in the place of their aliases, of which `tab` knows nothing. */
export function withoutAliases(program: Pick<Command, 'commands'>, args: readonly string[]): string[] {
  const [command, separator, group = '', ...rest] = args;
  if (command !== 'complete' || separator !== '--' || rest.length === 0) return [...args];
  const named = program.commands.find((one) => one.aliases().includes(group));
  return [command, separator, named?.name() ?? group, ...rest];
}
