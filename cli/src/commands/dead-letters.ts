import { type Command, Option } from '@commander-js/extra-typings';
import {
  countDeadLetters,
  deleteDeadLetter,
  listDeadLetters,
} from '@weir/service-kit/bus/jetstream/dead-letters';
import { type CommandContext, parseIds, parseWholeNumber } from '../context.ts';
import { table, writeLine } from '../terminal-text.ts';
import { describeLetter, findDeadLetter, letterTable, noSuchLetters } from '../dead-letter-view.ts';
import { withNats } from '../nats.ts';

/** `weir dead-letters`: the events that a service could not handle, and that are kept until somebody looks. */
export function addDeadLetterCommands(program: Command, context: CommandContext): void {
  const { out, err } = context;
  const asJson = new Option('--json', 'as JSON');
  const group = program
    .command('dead-letters')
    .description('the events that a service could not handle: list, count, show, delete');

  group
    .command('list')
    .description('list dead letters, oldest first')
    .option('--service <name>', 'of this service only')
    .option('--event <name>', 'of this event only, as usage.attempted')
    .option('--limit <n>', 'at most so many', parseWholeNumber, 50)
    .option('--after <id>', 'only those after this one: the next page', parseWholeNumber)
    .option('--json', 'as JSON: { data, has_more, next }')
    .action(({ json, ...options }) =>
      withNats('operator', context, async (nats) => {
        const { letters, next } = await listDeadLetters(nats, options);
        if (json) {
          const page = {
            data: letters.map(describeLetter),
            has_more: next !== undefined,
            next: next ?? null,
          };
          writeLine(out, JSON.stringify(page, null, 2));
          return;
        }
        if (letters.length === 0) writeLine(err, 'There are no such dead letters.');
        else writeLine(out, letterTable(letters));
        if (next !== undefined) writeLine(err, `There are more: add --after ${next}`);
      }),
    );

  group
    .command('count')
    .description('count dead letters by service and event')
    .addOption(asJson)
    .action(({ json }) =>
      withNats('operator', context, async (nats) => {
        const counts = await countDeadLetters(nats);
        const rows = counts.map(({ service, event, count }) => [service, event, String(count)]);
        writeLine(out, json ? JSON.stringify(counts, null, 2) : table(['SERVICE', 'EVENT', 'COUNT'], rows));
      }),
    );

  group
    .command('show')
    .argument('<id>', 'as the list has it', parseWholeNumber)
    .description('show one dead letter')
    .option('--contents', 'the event itself too, in which may be what callers wrote')
    .addOption(asJson)
    .action((id, { json, contents }) =>
      withNats('operator', context, async (nats) => {
        const letter = await findDeadLetter(nats, id);
        const data = new TextDecoder().decode(letter.data);
        const shown = { ...describeLetter(letter), ...(contents && { data }) };
        const lines = Object.entries(shown).map(([name, value]) => `${name.padEnd(14)}${value ?? '-'}`);
        writeLine(out, json ? JSON.stringify(shown, null, 2) : lines.join('\n'));
      }),
    );

  group
    .command('delete')
    .argument('<id...>', 'as the list has them', parseIds)
    .description('delete dead letters for good')
    .action((ids) =>
      withNats('operator', context, async (nats) => {
        for (const id of ids) {
          if (!(await deleteDeadLetter(nats, id))) throw noSuchLetters([id]);
          writeLine(out, `deleted ${id}`);
        }
      }),
    );
}
