import type { Msg } from '@nats-io/transport-node';
import { z } from 'zod';
import { isNoResponders, readJson } from '../../connection/message-headers.ts';

/** JetStream's answer to a publish. */
const ackSchema = z.object({
  stream: z.string().optional(),
  error: z.object({ err_code: z.number().default(0), description: z.string().default('') }).optional(),
});

/** The message, or its headers, are larger than the stream takes: they will be so the next time. */
const lastingErrorCodes: readonly number[] = [10054, 10097];

/** What became of a message that was sent to JetStream; a `passing` failure may not be one the next time. */
export type PublishAck =
  | { readonly kind: 'stored' }
  | {
      readonly kind: 'passing' | 'lasting';
      readonly reason: string;
      /** NATS's number of the reason, where JetStream has answered. */
      readonly code?: number;
    };

export function readPublishAck(message: Msg): PublishAck {
  if (isNoResponders(message)) return { kind: 'passing', reason: 'no stream listens' };
  const ack = ackSchema.safeParse(readJson(message)).data;
  if (!ack) return { kind: 'passing', reason: 'an acknowledgement cannot be understood' };
  const { stream, error } = ack;
  if (stream !== undefined && !error) return { kind: 'stored' };
  const isLasting = lastingErrorCodes.includes(error?.err_code ?? 0);
  return {
    kind: isLasting ? 'lasting' : 'passing',
    reason: error?.description ?? 'nothing was acknowledged',
    ...(error && { code: error.err_code }),
  };
}
