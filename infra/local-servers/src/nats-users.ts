import { randomBytes } from 'node:crypto';

/** Whom infra/nats/weir.conf knows. A new service is added there and here. */
export const natsUsers = ['ingress', 'router', 'operator'] as const;

export type NatsUser = (typeof natsUsers)[number];

export type NatsPasswords = Readonly<Record<NatsUser, string>>;

/** Fresh passwords. They begin with a letter, since nats-server takes a value that begins with a digit for a number. */
export function newNatsPasswords(): NatsPasswords {
  const newPassword = () => `w${randomBytes(24).toString('hex')}`;
  return { ingress: newPassword(), router: newPassword(), operator: newPassword() };
}

/** The variables that weir.conf reads. */
export function passwordVariables(passwords: NatsPasswords): Record<string, string> {
  return Object.fromEntries(
    natsUsers.map((user) => [`WEIR_NATS_${user.toUpperCase()}_PASSWORD`, passwords[user]]),
  );
}

/** A server's address with a user's name and password in it, as `NATS_URL` takes it. */
export function natsUrlFor(user: NatsUser, passwords: NatsPasswords, port: number): string {
  return `nats://${user}:${passwords[user]}@127.0.0.1:${port}`;
}
