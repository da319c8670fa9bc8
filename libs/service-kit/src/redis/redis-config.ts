import { z } from 'zod';
import { fileContent, milliseconds } from '../environment.ts';

const form = 'must be redis://user:password@host:port, or rediss:// for an encrypted connection';

/** The settings of a service that uses Redis. Its schema parses them beside its own; problems never quote the URL. */
export const redisConfigSchema = z
  .object({
    REDIS_URL: z
      .string({ error: form })
      .refine((url) => URL.canParse(url) && /^rediss?:$/.test(new URL(url).protocol), { error: form })
      .meta({ secret: true }),
    /** A certificate authority of one's own, as a PEM file, for `rediss://`. */
    WEIR_REDIS_CA_FILE: fileContent.optional(),
    WEIR_REDIS_CONNECT_TIMEOUT_MS: milliseconds.min(1).default(5_000),
    WEIR_REDIS_COMMAND_TIMEOUT_MS: milliseconds.min(1).default(2_000),
  })
  .transform((env) => ({
    url: env.REDIS_URL,
    ca: env.WEIR_REDIS_CA_FILE,
    connectTimeoutMs: env.WEIR_REDIS_CONNECT_TIMEOUT_MS,
    commandTimeoutMs: env.WEIR_REDIS_COMMAND_TIMEOUT_MS,
  }));

export type RedisSettings = z.output<typeof redisConfigSchema>;
