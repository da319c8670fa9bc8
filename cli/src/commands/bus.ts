import type { Command } from '@commander-js/extra-typings';
import { deadLetterStream } from '@weir/contracts/durable-consumers';
import { watchBus } from '../bus-watch/watch-bus.ts';
import { type CommandContext, CommandUsageError, parseWholeNumber } from '../context.ts';
import { withNats } from '../nats.ts';

async function allSubjects() {
  // The manifests of all services are loaded here and not by every other command, which begins the sooner for it.
  const { services } = await import('@weir/services/services');
  return {
    /** Requests and events, the dead letters' too, and what is sent to the services' inboxes. */
    subjects: [
      'weir.v1.*.*',
      // Requests to one instance, where another is silent.
      ...services.flatMap(({ serves }) => serves.map(({ subject }) => `${subject}.*`)),
      ...deadLetterStream.subjects,
      ...services.map(({ name }) => `_INBOX_${name}.>`),
    ],
    /** On which requesters cancel streams, grant credit and probe whether the responder lives. */
    controlSubjects: services.map(({ name }) => `weir.v1.${name}.control.*`),
  };
}

/** `weir bus`: a look at what the services say to each other. */
export function addBusCommands(program: Command, context: CommandContext): void {
  const group = program.command('bus').description('what the services say to each other: watch');
  group
    .command('watch')
    .description('show messages as they travel: when, who to whom, kind, size, subject, request')
    .option('--next', 'the next request that begins, until it is answered')
    .option('--request <id>', 'one request, by its x-request-id or x-weir-trace-id')
    .option('--subject <pattern...>', 'these subjects instead of all, wildcards included')
    .option('--control', 'cancels and credits of streams too')
    .option('--contents', 'bodies too, in which is what callers and models wrote')
    .option('--seconds <n>', 'for so long', parseWholeNumber)
    .option('--json', 'an object a line: { at_ms, from, to, kind, bytes, subject, request_ids }')
    .addHelpText(
      'after',
      `
Times count from the first message that is shown. Nothing is kept: what was said before it watches is not shown. To know
a request beforehand, choose its trace id: send "traceparent: 00-<32 hex digits>-<16 hex digits>-01".

Who watches counts as a listener. Meanwhile a request that no service would answer waits for its time-out in the place of
failing at once; with --control, the death of a service is noticed after ten seconds in the place of a fifth of one.`,
    )
    .action(async ({ subject, control, ...options }) => {
      if (options.next && options.request !== undefined) {
        throw new CommandUsageError('--next and --request exclude each other.');
      }
      const { controlSubjects, subjects } = await allSubjects();
      const chosen = [...(subject ?? subjects), ...(control ? controlSubjects : [])];
      await withNats('observer', context, (nats) =>
        watchBus(nats, { ...options, subjects: chosen }, context),
      );
    });
}
