import { type NatsPasswords, newNatsPasswords } from '@weir/local-servers/nats-users';
import { keepSecret } from './kept-secret.ts';

/** The passwords of the NATS that we start. A user who is new since they were made gets one too. */
export async function natsPasswords(stateFolder: string): Promise<NatsPasswords> {
  const { text } = await keepSecret({
    stateFolder,
    name: 'nats-passwords.json',
    complete: (kept = '{}') => JSON.stringify(completed(kept), null, 2),
  });
  return completed(text);
}

function completed(kept: string): NatsPasswords {
  return { ...newNatsPasswords(), ...(JSON.parse(kept) as Partial<NatsPasswords>) };
}
