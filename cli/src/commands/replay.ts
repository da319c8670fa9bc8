import type { Command } from '@commander-js/extra-typings';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  type DeadLetter,
  type DeadLetterFilter,
  listDeadLetters,
  replayDeadLetters,
} from '@weir/service-kit/bus/jetstream/dead-letters';
import { type CommandContext, CommandUsageError, parseIds } from '../context.ts';
import { writeLine } from '../terminal-text.ts';
import { letterTable, noSuchLetters } from '../dead-letter-view.ts';
import { withNats } from '../nats.ts';

interface Choice extends DeadLetterFilter {
  readonly sequences?: readonly number[];
}

/** `weir replay`: gives dead letters another try, once what kept them from being handled is mended. */
export function addReplayCommand(program: Command, context: CommandContext): void {
  const { out, err, signal } = context;
  program
    .command('replay')
    .argument('[id...]', 'dead letters, as `weir dead-letters list` has them', parseIds)
    .description('hand dead letters back to the service that could not handle them')
    .option('--service <name>', 'those of this service')
    .option('--event <name>', 'those of this event, as usage.attempted')
    .option('--all', 'all that there are')
    .option('--dry-run', 'only show which it would be')
    .addHelpText(
      'after',
      '\nWhat is replayed is a dead letter no more; where the service fails again, it becomes a new one.',
    )
    .action((sequences = [], { all, dryRun, ...filter }) => {
      if (sequences.length === 0 && !filter.service && !filter.event && !all) {
        throw new CommandUsageError('Say which dead letters: ids, --service and --event, or --all.');
      }
      const choice: Choice = { ...filter, ...(sequences.length > 0 && { sequences }) };
      return withNats('operator', context, async (nats) => {
        const ids = dryRun ? await show(nats, choice) : await replay(nats, choice);
        writeLine(err, `${ids.length} ${dryRun ? 'would be' : 'were'} replayed`);
        const missing = sequences.filter((id) => !ids.includes(id));
        if (missing.length > 0 && !signal.aborted) throw noSuchLetters(missing);
      });
    });

  async function replay(nats: NatsConnection, choice: Choice): Promise<number[]> {
    const ids: number[] = [];
    const onReplayed = ({ sequence, service, event }: DeadLetter) => {
      ids.push(sequence);
      writeLine(out, `replayed ${sequence} ${service} ${event}`);
    };
    await replayDeadLetters(nats, { ...choice, onReplayed, signal });
    return ids;
  }

  async function show(nats: NatsConnection, { sequences, ...filter }: Choice): Promise<number[]> {
    const { letters } = await listDeadLetters(nats, { ...filter, limit: Infinity });
    const chosen = letters.filter(({ sequence }) => sequences?.includes(sequence) ?? true);
    if (chosen.length > 0) writeLine(out, letterTable(chosen));
    return chosen.map(({ sequence }) => sequence);
  }
}
