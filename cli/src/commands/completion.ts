import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';

/**
 * `weir completion <shell>`: a script that makes the shell complete commands, flags and values. It asks `weir complete`, which
 * reads both from the program itself: this has to be added last.
 */
export function addCompletionCommand(program: Command): void {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- it is typed by another copy of commander
  tab(program, { completionCommandName: 'completion' });
}
