import type { NatsConnection } from '@nats-io/transport-node';
import { type DeadLetter, listDeadLetters } from '@weir/service-kit/bus/jetstream/dead-letters';
import { CommandError } from './context.ts';
import { table } from './terminal-text.ts';

/** As JSON shows it: everything but the event itself. */
export function describeLetter(letter: DeadLetter) {
  const { origin } = letter;
  return {
    id: letter.sequence,
    service: letter.service,
    event: letter.event,
    event_id: letter.eventId ?? null,
    reason: letter.reason,
    deliveries: letter.deliveries,
    dead_at: timeOf(letter),
    content_type: letter.contentType,
    bytes: letter.data.length,
    origin: `${origin.stream} ${origin.sequence} ${origin.subject}`,
  };
}

export function letterTable(letters: readonly DeadLetter[]): string {
  return table(
    ['ID', 'SERVICE', 'EVENT', 'EVENT ID', 'REASON', 'DELIVERIES', 'DEAD SINCE'],
    letters.map((letter) => [
      String(letter.sequence),
      letter.service,
      letter.event,
      letter.eventId ?? '-',
      letter.reason,
      String(letter.deliveries),
      timeOf(letter) ?? '-',
    ]),
  );
}

/** Rejects where there is none of this id. */
export async function findDeadLetter(nats: NatsConnection, id: number): Promise<DeadLetter> {
  const { letters } = await listDeadLetters(nats, { after: id - 1, limit: 1 });
  const [letter] = letters;
  if (letter?.sequence !== id) throw noSuchLetters([id]);
  return letter;
}

export function noSuchLetters(ids: readonly number[]): CommandError {
  const what = ids.length === 1 ? 'is no dead letter' : 'are no dead letters';
  return new CommandError(`There ${what} ${ids.join(', ')}. Those that there are: weir dead-letters list`);
}

/** RFC 3339. */
function timeOf({ deadAtMs }: DeadLetter): string | null {
  return Number.isNaN(deadAtMs) ? null : new Date(deadAtMs).toISOString();
}
