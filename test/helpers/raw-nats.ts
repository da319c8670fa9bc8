import { connect, type Msg } from '@nats-io/transport-node';
import type { NatsTestServer } from '@weir/testkit/servers/nats';
import { z } from 'zod';

const infoSchema = z.object({ state: z.object({ last_seq: z.number() }) });

/** Absent where it was deleted, or pushed out by a newer one. */
const messageSchema = z.object({
  message: z.object({ subject: z.string(), data: z.string().default('') }).optional(),
});

/** All that JetStream keeps in a stream, as its bytes, asked for with the router's own rights. */
export async function readStream(nats: NatsTestServer, stream: string): Promise<string[]> {
  const connection = await connectAs(nats, 'router');
  try {
    const ask = async (subject: string, body: object) =>
      (await connection.request(`$JS.API.STREAM.${subject}.${stream}`, JSON.stringify(body))).json<unknown>();
    const { state } = infoSchema.parse(await ask('INFO', {}));
    const kept: string[] = [];
    for (let seq = 1; seq <= state.last_seq; seq++) {
      const { message } = messageSchema.parse(await ask('MSG.GET', { seq }));
      if (message) kept.push(`${message.subject} ${Buffer.from(message.data, 'base64').toString()}`);
    }
    return kept;
  } finally {
    await connection.close();
  }
}

/** Hears every message of an `open` server, headers included, from now on. */
export async function recordBus(nats: NatsTestServer): Promise<{ heard: string[]; stop(): Promise<void> }> {
  const connection = await connect({ servers: nats.url });
  const heard: string[] = [];
  const note = (message: Msg) => {
    const headers = [...(message.headers ?? [])].map(([name, values]) => `${name}: ${values.join()}`);
    heard.push([message.subject, ...headers, message.string()].join('\n'));
  };
  connection.subscribe('>', {
    callback: (error, message) => {
      if (error) throw error;
      note(message);
    },
  });
  await connection.flush();
  return { heard, stop: () => connection.close() };
}

function connectAs(nats: NatsTestServer, user: 'router') {
  const { username, password, host } = new URL(nats.urlFor(user));
  return connect({ servers: host, user: username, pass: password, inboxPrefix: `_INBOX_${user}` });
}
