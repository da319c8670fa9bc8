import { randomBytes } from 'node:crypto';

/** Each user's password; the users are those of infra/nats/weir.conf. */
export type NatsPasswords = Readonly<Record<string, string>>;

/** Fresh passwords. They begin with a letter, since nats-server takes a value that begins with a digit for a number. */
export function newNatsPasswords(users: readonly string[]): NatsPasswords {
  return Object.fromEntries(users.map((user) => [user, `w${randomBytes(24).toString('hex')}`]));
}

/** The variable in which weir.conf finds a user's password. */
export function passwordVariable(user: string): string {
  return `WEIR_NATS_${user.toUpperCase()}_PASSWORD`;
}

/** A server's address with a user's name and password in it, as `NATS_URL` takes it. */
export function natsUrlFor(user: string, passwords: NatsPasswords, port: number): string {
  const password = passwords[user];
  if (password === undefined) throw new Error(`NATS has no user ${user}`);
  return `nats://${user}:${password}@127.0.0.1:${port}`;
}
