import { milliseconds, port, wholeNumber } from '@weir/service-kit/environment';
import { z } from 'zod';
import { heartbeatModes } from './http/heartbeat.ts';

/** The longest that a caller may let a request take. */
export const maxTimeoutMs = 600_000;

export const configSchema = z
  .object({
    WEIR_HOST: z.string().default('127.0.0.1'),
    WEIR_PORT: port.default(8_080),
    /** How long a request may take whose caller has not said. */
    WEIR_REQUEST_TIMEOUT_MS: milliseconds.min(1).max(maxTimeoutMs).default(maxTimeoutMs),
    /** How long a client may take to send a request, body included. */
    WEIR_RECEIVE_TIMEOUT_MS: milliseconds.min(1).default(60_000),
    /** How long an idle connection is kept: longer than the common balancers keep theirs, so that they end it. */
    WEIR_KEEP_ALIVE_TIMEOUT_MS: milliseconds.min(1).default(72_000),
    /** In which silences of a stream an SSE comment is sent: `off`, `after_content` or `always`. */
    WEIR_HEARTBEAT: z.enum(heartbeatModes).default('off'),
    /** How long a silence lasts until one is sent: shorter than what balancers wait for. */
    WEIR_HEARTBEAT_INTERVAL_MS: milliseconds.min(1).default(15_000),
    /** How long a stopping process still accepts connections, so that balancers see /ready change first. */
    WEIR_DRAIN_DELAY_MS: milliseconds.default(0),
    /** How long a stopping process waits for what it has begun, the delay included. */
    WEIR_DRAIN_TIMEOUT_MS: milliseconds.default(30_000),
    /** How many completions are answered at once; what comes beyond is told to come again. */
    WEIR_MAX_IN_FLIGHT: wholeNumber.min(1).default(2_000),
    /** How many bytes of unfinished bodies are held in all. */
    WEIR_MAX_RECEIVING_BYTES: wholeNumber.min(1).default(256 * 1024 * 1024),
    /** Whether callers get /metrics too. */
    WEIR_EXPOSE_METRICS: z
      .stringbool({ truthy: ['true'], falsy: ['false'], error: 'must be true or false' })
      .default(false),
    /** The proxies and networks (CIDR) of which it is believed for whom they ask: their `x-forwarded-for` counts. */
    WEIR_TRUSTED_PROXIES: z
      .string()
      .default('')
      .transform((text) =>
        text
          .split(',')
          .map((network) => network.trim())
          .filter((network) => network !== ''),
      )
      .pipe(
        z.array(
          z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], {
            error: 'must be IP addresses and networks as "10.0.0.0/8", separated by commas',
          }),
        ),
      ),
    /** An admin key that may do everything, also while no other can be verified. */
    WEIR_ADMIN_KEY: z
      .string()
      .trim()
      .regex(/^[\x21-\x7e]{16,}$/, { error: 'must be at least 16 characters of ASCII, without white space' })
      .meta({ secret: true })
      .optional(),
  })
  .transform((env) => ({
    host: env.WEIR_HOST,
    port: env.WEIR_PORT,
    requestTimeoutMs: env.WEIR_REQUEST_TIMEOUT_MS,
    receiveTimeoutMs: env.WEIR_RECEIVE_TIMEOUT_MS,
    keepAliveTimeoutMs: env.WEIR_KEEP_ALIVE_TIMEOUT_MS,
    heartbeat: { mode: env.WEIR_HEARTBEAT, intervalMs: env.WEIR_HEARTBEAT_INTERVAL_MS },
    drainDelayMs: env.WEIR_DRAIN_DELAY_MS,
    drainTimeoutMs: env.WEIR_DRAIN_TIMEOUT_MS,
    maxInFlight: env.WEIR_MAX_IN_FLIGHT,
    maxReceivingBytes: env.WEIR_MAX_RECEIVING_BYTES,
    exposesMetrics: env.WEIR_EXPOSE_METRICS,
    trustedProxies: env.WEIR_TRUSTED_PROXIES,
    adminKey: env.WEIR_ADMIN_KEY,
  }));

export type IngressConfig = z.output<typeof configSchema>;
