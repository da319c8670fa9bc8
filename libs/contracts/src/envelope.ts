import { z } from 'zod';

/**
 * What travels with every message on the bus, in its headers, so that a hop never opens a body to learn whose
 * request it carries, which trace it belongs to, or when to stop working on it.
 */
export const envelopeSchema = z.object({
  /** UUIDv7, made by the ingress; never by a caller or a provider. */
  requestId: z.string().min(1).max(64),
  /** The organisation on whose behalf the work is done. */
  tenant: z.string().min(1).max(64),
  /** W3C trace context of the asking span. */
  traceparent: z.string().regex(/^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/),
  /** Unix time in milliseconds after which nobody waits for the answer any more. */
  deadlineAtMs: z.int().positive(),
});

export type Envelope = z.output<typeof envelopeSchema>;
