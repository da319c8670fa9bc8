import { MsgHdrsImpl, type NatsConnection } from '@nats-io/transport-node';
import type { DurableEvent } from '@weir/contracts/descriptors';
import type { ReceivedEvent } from '@weir/service-kit/bus/bus';
import { readEvents } from '@weir/service-kit/bus/jetstream/consume/read-events';
import { z } from 'zod';

type EventMessage = Parameters<typeof readEvents>[1] & { readonly seq: number };

/** The events in a stream's message, however it holds them. Throws where one is not what the contract allows. */
export function eventsIn<E extends DurableEvent>(event: E, message: EventMessage): ReceivedEvent<E>[] {
  const { events, refused } = readEvents(event, message, message.seq);
  if (refused.length > 0) throw new Error(`${refused.length} events are refused: ${JSON.stringify(refused)}`);
  return events.map(({ received }) => received);
}

const storedSchema = z.object({
  message: z
    .object({ seq: z.number(), data: z.base64().default(''), hdrs: z.base64().default('') })
    .transform(({ seq, data, hdrs }) => ({
      seq,
      data: Buffer.from(data, 'base64'),
      headers: MsgHdrsImpl.decode(Buffer.from(hdrs, 'base64')),
    }))
    .optional(),
});

const infoSchema = z.object({ state: z.object({ messages: z.number() }).optional() });

/** The messages with an event that its stream holds, in their order there. Needs the right to read single messages. */
export async function storedMessages(nats: NatsConnection, { stream, subject }: DurableEvent) {
  const messages: NonNullable<z.output<typeof storedSchema>['message']>[] = [];
  // nats-server 2.9 crashes where a message is asked for while its stream is being created. One with messages is there.
  const info = await nats.request(`$JS.API.STREAM.INFO.${stream.name}`, '', { timeout: 1_000 });
  if ((infoSchema.parse(info.json()).state?.messages ?? 0) === 0) return messages;
  for (;;) {
    const query = { next_by_subj: subject, seq: (messages.at(-1)?.seq ?? 0) + 1 };
    const answer = await nats.request(`$JS.API.STREAM.MSG.GET.${stream.name}`, JSON.stringify(query), {
      timeout: 1_000,
    });
    const { message } = storedSchema.parse(answer.json());
    if (!message) return messages;
    messages.push(message);
  }
}

/** The events of a kind that its stream holds, in their order there. */
export async function storedEvents<E extends DurableEvent>(
  nats: NatsConnection,
  event: E,
): Promise<ReceivedEvent<E>[]> {
  return (await storedMessages(nats, event)).flatMap((message) => eventsIn(event, message));
}
