import { z } from 'zod';
import { milliseconds, port, wholeNumber } from './environment.ts';

const natsUrl = z
  .string()
  .refine(
    (urls) =>
      urls
        .split(',')
        .every((url) => URL.canParse(url.trim()) && /^(nats|tls):$/.test(new URL(url.trim()).protocol)),
    {
      error:
        'must be one or more nats://[user:password@]host:port, separated by commas, all with the same user',
    },
  );

/** The settings that every service has. */
export const kitConfigSchema = z
  .object({
    NATS_URL: natsUrl.default('nats://127.0.0.1:4222'),
    /** A credentials file as `nsc` writes it, instead of a user and password in the URL. */
    NATS_CREDS_FILE: z.string().optional(),
    NATS_CA_FILE: z.string().optional(),
    /** The number of servers of a NATS cluster that keep each stream and bucket that this service creates. */
    WEIR_NATS_REPLICAS: wholeNumber.min(1).max(5).default(1),
    LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
    /** The address that serves /health, /ready and /metrics; without a port nothing does. */
    WEIR_OPS_HOST: z.string().default('127.0.0.1'),
    WEIR_OPS_PORT: port.optional(),
    WEIR_MAX_IN_FLIGHT: wholeNumber.min(1).default(2_000),
    WEIR_DRAIN_TIMEOUT_MS: milliseconds.default(30_000),
  })
  .transform((env) => ({
    nats: { url: env.NATS_URL, credentialsFile: env.NATS_CREDS_FILE, caFile: env.NATS_CA_FILE },
    replicas: env.WEIR_NATS_REPLICAS,
    logLevel: env.LOG_LEVEL,
    ops: env.WEIR_OPS_PORT === undefined ? undefined : { host: env.WEIR_OPS_HOST, port: env.WEIR_OPS_PORT },
    maxInFlight: env.WEIR_MAX_IN_FLIGHT,
    drainTimeoutMs: env.WEIR_DRAIN_TIMEOUT_MS,
  }));

export type KitConfig = z.output<typeof kitConfigSchema>;
