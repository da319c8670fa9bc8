import { connect, headers as natsHeaders, type MsgHdrs } from '@nats-io/transport-node';
import type { NatsTestServer } from '@weir/testkit/servers/nats';
import type { HostileMessage } from './hostile-case.ts';

/** Publishes a message with the rights of a service, as a request that somebody waits for the answer to. */
export async function publishAs(nats: NatsTestServer, message: HostileMessage): Promise<void> {
  const headers = natsHeaders();
  for (const [name, value] of Object.entries(message.headers ?? {})) headers.set(name, value);
  await publish(nats, message, message.body, headers);
}

/** Where it was the entry of a bucket: marks that as deleted. */
export async function deleteAs(nats: NatsTestServer, message: HostileMessage): Promise<void> {
  if (!message.subject.startsWith('$KV.')) return;
  const headers = natsHeaders();
  headers.set('KV-Operation', 'DEL');
  await publish(nats, message, '', headers);
}

async function publish(
  nats: NatsTestServer,
  { as, subject }: HostileMessage,
  body: string,
  headers: MsgHdrs,
): Promise<void> {
  const { username, password, host } = new URL(nats.urlFor(as));
  const inboxPrefix = `_INBOX_${as}`;
  const connection = await connect({ servers: host, user: username, pass: password, inboxPrefix });
  connection.publish(subject, body, { headers, reply: `${inboxPrefix}.neighbour` });
  await connection.drain();
}
