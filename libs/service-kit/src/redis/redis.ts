import { Redis } from 'ioredis';
import type { z, ZodType } from 'zod';
import { backoffMs } from '../backoff.ts';
import { isDoneWithin, type Clock } from '../clock.ts';
import { Fault } from '../fault.ts';
import { HealthProbe } from '../health-probe.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import type { RedisSettings } from './redis-config.ts';
import { isRefused, redisFault } from './redis-fault.ts';
import { assertVersion, durabilityWarnings, readServerFacts } from './server-checks.ts';

export interface RedisOptions {
  readonly settings: RedisSettings;
  /** Every key begins with it: `cost:`. */
  readonly service: string;
  /** Whether what is written there must still be there later; where a Redis may lose it, that is told. */
  readonly mustKeep: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** A Lua script. It is sent once, and again to a Redis that has lost it. */
export interface ScriptDefinition<Reply extends ZodType> {
  /** `budget.reserve`: the label in metrics. */
  readonly name: string;
  readonly lua: string;
  /** What it answers; numbers come as whole numbers, texts as text. */
  readonly reply: Reply;
}

/** Runs a script in one step, on keys without the service's prefix. */
export type Script<Reply extends ZodType> = (
  keys: readonly string[],
  values: readonly (string | number | Buffer)[],
) => Promise<z.output<Reply>>;

/** How long a service waits for Redis before it says so. */
const patienceMs = 3_000;
const closeTimeoutMs = 5_000;
const reconnectPause = { firstMs: 50, longestMs: 1_000 };

/**
 * Waits for Redis, looks at how it is set up, and answers with it. Rejects, in words for an operator, where waiting would
 * not help: it does not let us in, or it is too old.
 */
export async function openRedis(options: RedisOptions): Promise<RedisConnection> {
  const connection = new RedisConnection(options);
  await connection.open(options.mustKeep).catch(async (error: unknown) => {
    await connection.close();
    throw error;
  });
  return connection;
}

/**
 * One connection, which comes back by itself. While it is away every command fails at once, and none is ever sent twice:
 * whoever gets a fault does not know whether it was carried out, so commands that count are scripts that can be repeated.
 */
export class RedisConnection {
  readonly #client: Redis;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #health: HealthProbe;
  readonly #onCommand: (command: string, outcome: 'ok' | 'failed', durationMs: number) => void;

  #isClosing = false;

  constructor({ settings, service, clock, logger, metrics }: RedisOptions) {
    this.#clock = clock;
    this.#logger = logger;
    this.#client = new Redis(settings.url, {
      keyPrefix: `${service}:`,
      connectionName: `weir-${service}`,
      ...(settings.ca !== undefined && { tls: { ca: settings.ca } }),
      connectTimeout: settings.connectTimeoutMs,
      commandTimeout: settings.commandTimeoutMs,
      // One that owes an answer for longer is no connection any more.
      socketTimeout: 2 * settings.commandTimeoutMs,
      lazyConnect: true,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      retryStrategy: (attempt) => backoffMs(attempt - 1, reconnectPause),
    });
    this.#health = new HealthProbe({ ping: () => this.#client.ping(), lack: 'an answer from Redis', clock });
    this.#client.on('error', (error: Error) => {
      logger.debug({ err: redisFault(error, 'connect').cause }, 'Redis is not connected');
    });
    this.#client.on('close', () => {
      this.#health.lost();
    });
    const duration = metrics.duration({
      name: 'redis_command_duration_seconds',
      help: 'Time until a command or script was answered, by its name',
      labels: ['command', 'outcome'],
    });
    this.#onCommand = (command, outcome, durationMs) => {
      if (outcome === 'ok') this.#health.answered();
      duration.labels({ command, outcome }).observe(durationMs / 1_000);
    };
    metrics.gauge({ name: 'redis_connected', help: '1 while Redis is connected' }, () =>
      this.#client.status === 'ready' ? 1 : 0,
    );
  }

  /** See `openRedis`. */
  async open(mustKeep: boolean): Promise<void> {
    const stopWaiting = this.#clock.after(patienceMs, () => {
      this.#logger.warn('still waiting for Redis: check REDIS_URL, and that the server runs');
    });
    await this.#untilReady().finally(stopWaiting);
    const facts = readServerFacts(await this.run('info', (client) => client.info()));
    assertVersion(facts);
    for (const warning of mustKeep ? durabilityWarnings(facts) : []) this.#logger.warn(warning);
    this.#client.on('ready', () => {
      this.#logger.info('Redis is connected again');
    });
    this.#client.on('close', () => {
      if (!this.#isClosing) this.#logger.warn('lost the connection to Redis');
    });
  }

  /** Puts commands that have no script. `name` is the label in metrics. Rejects with a `Fault`. */
  async run<T>(name: string, commands: (client: Redis) => Promise<T>): Promise<T> {
    const startedAtMs = performance.now();
    try {
      const reply = await commands(this.#client);
      this.#onCommand(name, 'ok', performance.now() - startedAtMs);
      return reply;
    } catch (error) {
      this.#onCommand(name, 'failed', performance.now() - startedAtMs);
      throw redisFault(error, name);
    }
  }

  script<Reply extends ZodType>({ name, lua, reply }: ScriptDefinition<Reply>): Script<Reply> {
    const command = `script ${name}`;
    this.#client.defineCommand(command, { lua });
    // A defined command is a method of the client that no type knows.
    const call = Reflect.get(this.#client, command) as (
      this: Redis,
      keyCount: number,
      ...parameters: (string | number | Buffer)[]
    ) => Promise<unknown>;
    return async (keys, values) => {
      const answer = await this.run(name, (client) => call.call(client, keys.length, ...keys, ...values));
      const parsed = reply.safeParse(answer);
      if (parsed.success) return parsed.data;
      throw new Fault('internal_error', { cause: new Error(`${name}: its answer is not what was expected`) });
    };
  }

  /** What a service lacks of it before it can serve, in words for an operator; empty where it answers. */
  missing(): Promise<string[]> {
    return this.#health.missing();
  }

  /** Lets what was begun come to its end, for some seconds, and closes the connection. */
  async close(): Promise<void> {
    this.#isClosing = true;
    const quit = this.#client.quit().catch(() => undefined);
    await isDoneWithin(quit, closeTimeoutMs, this.#clock);
    this.#client.disconnect();
  }

  #untilReady(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#client.once('ready', resolve);
      this.#client.on('error', (error: Error) => {
        if (isRefused(error)) reject(new Error(`Redis does not let us in: ${error.message}`));
      });
      // The first attempt; what comes of it, and of the later ones, is told by events.
      this.#client.connect().catch(() => undefined);
    });
  }
}
