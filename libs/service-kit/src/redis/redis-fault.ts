import { ReplyError } from 'ioredis';
import { Fault } from '../fault.ts';

/** First words of Redis' errors that tell of its state or of our access to it, and not of the command. */
const unavailable =
  /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|OOM|MISCONF|BUSY|NOREPLICAS|NOAUTH|WRONGPASS|NOPERM)\b/;
const refused = /^(NOAUTH|WRONGPASS|NOPERM)\b|^ERR (invalid password|AUTH )/;

/**
 * What a failed command is to callers. Redis' own error holds the command with all that was written, which no log may
 * have, so the cause is its message alone.
 */
export function redisFault(thrown: unknown, command: string): Fault {
  if (thrown instanceof Fault) return thrown;
  const { message } = thrown instanceof Error ? thrown : new Error(String(thrown));
  const isOurs = thrown instanceof TypeError || (isReply(thrown) && !unavailable.test(message));
  return new Fault(isOurs ? 'internal_error' : 'service_unavailable', {
    cause: new Error(`${command}: ${message}`),
  });
}

/** Whether Redis has answered, and will answer the same tomorrow. */
export function isRefused(thrown: unknown): boolean {
  return thrown instanceof Error && isReply(thrown) && refused.test(thrown.message);
}

function isReply(thrown: unknown): boolean {
  return thrown instanceof (ReplyError as new () => Error);
}
