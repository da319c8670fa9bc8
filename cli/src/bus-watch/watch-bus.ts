import { once } from 'node:events';
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import { type CommandContext, CommandError } from '../context.ts';
import { writeLine } from '../terminal-text.ts';
import { type BusMessage, Conversations } from './conversations.ts';
import { jsonLine, textLines } from './record-lines.ts';
import { type RequestChoice, RequestFilter } from './request-filter.ts';

export interface WatchOptions extends RequestChoice {
  /** NATS subjects, wildcards included. */
  readonly subjects: readonly string[];
  /** Whether bodies are shown. */
  readonly contents?: boolean | undefined;
  readonly json?: boolean | undefined;
  /** How long it watches; without end where it is not given. */
  readonly seconds?: number | undefined;
}

/** What is told of a request after its answer, as its usage is, comes soon. */
const afterAnswerMs = 1_000;

/** Shows messages as they come, until the time is over, the user ends it, or the one request is answered. */
export async function watchBus(
  nats: NatsConnection,
  { subjects, seconds, contents = false, json = false, ...choice }: WatchOptions,
  { out, err, signal }: Pick<CommandContext, 'out' | 'err' | 'signal'>,
): Promise<void> {
  const conversations = new Conversations();
  const filter = new RequestFilter(choice);
  const answered = new AbortController();
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined); // It is waited for further below.
  let answeredTimer: NodeJS.Timeout | undefined;
  let firstAtMs: number | undefined;
  let count = 0;
  const receive = (message: BusMessage) => {
    const nowMs = performance.now();
    const record = conversations.see(message);
    if (!record || !filter.admits(record)) return;
    firstAtMs ??= nowMs;
    count++;
    const shown = { ...record, message, atMs: nowMs - firstAtMs };
    writeLine(out, json ? jsonLine(shown, contents) : textLines(shown, contents));
    clearTimeout(answeredTimer);
    if (!filter.isAnswered) return;
    answeredTimer = setTimeout(() => {
      answered.abort();
    }, afterAnswerMs);
  };
  for (const subject of subjects) {
    nats.subscribe(subject, {
      callback: (error, message) => {
        if (error) failed.reject(error);
        else receive(busMessage(message));
      },
    });
  }
  await nats.flush();
  if (contents) writeLine(err, 'Bodies are shown: prompts, answers and personal data are among them.');
  writeLine(err, 'Watching. Ctrl-C ends it.');

  const isOver = AbortSignal.any([
    signal,
    answered.signal,
    ...(seconds === undefined ? [] : [AbortSignal.timeout(seconds * 1_000)]),
  ]);
  void nats.closed().then(() => {
    failed.reject(new CommandError('The connection to NATS was lost.'));
  });
  if (!isOver.aborted) await Promise.race([once(isOver, 'abort'), failed.promise]);
  clearTimeout(answeredTimer);
  writeLine(err, `${count} messages`);
}

function busMessage({ subject, reply, data, headers }: Msg): BusMessage {
  const filled = (text: string | undefined) => (text === '' ? undefined : text);
  return { subject, reply: filled(reply), data, header: (name) => filled(headers?.get(name)) };
}
