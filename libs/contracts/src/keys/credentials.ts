import { z } from 'zod';
import { bucket, type ValueOf } from '../bucket.ts';
import { arrayOf } from '../collections.ts';
import { endpoint } from '../descriptors.ts';

/** Every stored credential, by its id: a projection of the keys service's table. */
export const providerCredentials = bucket('provider-credentials', {
  value: z.strictObject({
    /** By which configs name it. */
    name: z.string(),
    provider: z.string(),
    /** Whose requests may use it; without one, everybody's. */
    organisation: z.string().optional(),
    /** Grows when the real key is replaced: a copy of another version is not used any more. */
    version: z.int().positive(),
    enabled: z.boolean(),
    /**
     * The real key as a Fernet token under a master key of the keys service; its plaintext names the credential's id, so
     * that tokens cannot be swapped. Nobody but the keys service has a use for it.
     */
    token: z.string(),
    /** The last four characters of the real key. */
    lastFour: z.string(),
  }),
  history: 1,
  storage: 'file',
});

export type ProviderCredential = ValueOf<typeof providerCredentials>;

/** A provider's real key, sealed to the asking router's own curve key: nobody else on the bus can read it. */
export const getRealKey = endpoint('keys.get-real-key', {
  request: z.object({ credentialId: z.string().max(64), publicKey: z.string() }),
  reply: z.object({ sealedKey: z.string(), version: z.int().positive() }),
  timeoutMs: 2_000,
  isIdempotent: true,
});

/** A provider's key that the router has from its environment. */
export const environmentCredentialSchema = z.object({
  provider: z.string(),
  /** The variable that holds it; null where a file of providers does not say. */
  variable: z.string().nullable(),
  last_four: z.string(),
});

export const environmentCredentials = endpoint('router.environment-credentials', {
  request: z.object({}),
  reply: z.object({ data: arrayOf(environmentCredentialSchema) }),
  timeoutMs: 2_000,
  isIdempotent: true,
  share: 'operations',
});
