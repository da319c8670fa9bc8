import { z } from 'zod';
import { fileContent, milliseconds, wholeNumber } from '../environment.ts';

const form = 'must be postgresql://user:password@host:port/database';

/** The address of a Postgres. */
export const databaseUrlSchema = z
  .string({ error: form })
  .refine((url) => URL.canParse(url) && /^postgres(ql)?:$/.test(new URL(url).protocol), { error: form })
  .meta({ secret: true });

/** The settings of a service that has a database. Its schema parses them beside its own; problems never quote the URL. */
export const databaseConfigSchema = z
  .object({
    DATABASE_URL: databaseUrlSchema,
    /** A certificate authority of one's own, as a PEM file; the connection is then encrypted and the server checked. */
    WEIR_DATABASE_CA_FILE: fileContent.optional(),
    WEIR_DATABASE_MAX_CONNECTIONS: wholeNumber.min(1).max(1_000).default(10),
    WEIR_DATABASE_CONNECT_TIMEOUT_MS: milliseconds.min(1).default(5_000),
    /** How long one statement may take, on the server and to come back. */
    WEIR_DATABASE_QUERY_TIMEOUT_MS: milliseconds.min(1).default(10_000),
    /** How long a statement waits for a lock. */
    WEIR_DATABASE_LOCK_TIMEOUT_MS: milliseconds.min(1).default(5_000),
  })
  .transform((env) => ({
    url: env.DATABASE_URL,
    ca: env.WEIR_DATABASE_CA_FILE,
    maxConnections: env.WEIR_DATABASE_MAX_CONNECTIONS,
    connectTimeoutMs: env.WEIR_DATABASE_CONNECT_TIMEOUT_MS,
    queryTimeoutMs: env.WEIR_DATABASE_QUERY_TIMEOUT_MS,
    lockTimeoutMs: env.WEIR_DATABASE_LOCK_TIMEOUT_MS,
  }));

export type DatabaseSettings = z.output<typeof databaseConfigSchema>;
