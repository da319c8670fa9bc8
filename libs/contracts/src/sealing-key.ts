import { z } from 'zod';
import { endpoint } from './descriptors.ts';

/**
 * The public half of the key to which replicas of a service can open what is sealed for them. What is sealed to it is text
 * that only they can read: see `libs/service-kit/src/crypto/sealed-box.ts`.
 */
export const sealingKeyOf = (service: string) =>
  endpoint(`${service}.sealing-key`, {
    request: z.object({}),
    reply: z.object({ publicKey: z.string() }),
    timeoutMs: 2_000,
    isIdempotent: true,
    share: 'operations',
  });

/** The routers'. */
export const routerSealingKey = sealingKeyOf('router');
