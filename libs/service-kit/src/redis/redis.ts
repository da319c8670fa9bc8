import { Redis } from 'ioredis';
import type { ZodType } from 'zod';
import { backoffMs } from '../backoff.ts';
import { isDoneWithin, type Clock } from '../clock.ts';
import { Fault } from '../fault.ts';
import { HealthProbe } from '../health-probe.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import type { RedisSettings } from './redis-config.ts';
import { isRefused, redisFault } from './redis-fault.ts';
import { createScript, type RedisCommands, type Script, type ScriptDefinition } from './redis-commands.ts';
import { untilUsable, type OnRedisReady } from './on-ready.ts';
import { durabilityWarnings, type ServerFacts } from './server-checks.ts';

export interface RedisOptions {
  readonly settings: RedisSettings;
  /** Every key begins with it: `cost:`. */
  readonly service: string;
  /** Whether what is written there must still be there later; where a Redis may lose it, that is told. */
  readonly mustKeep: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly onReady?: OnRedisReady;
}

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
  await connection.open().catch(async (error: unknown) => {
    await connection.close();
    throw error;
  });
  return connection;
}

/**
 * One connection, which comes back by itself. While it is away every command fails at once, and none is ever sent twice:
 * whoever gets a fault does not know whether it was carried out, so commands that count are scripts that can be repeated.
 * What is put in one turn of the event loop is sent by one write, and an answer is waited for no longer than
 * `commandTimeoutMs`.
 */
export class RedisConnection implements RedisCommands {
  readonly #options: RedisOptions;
  readonly #client: Redis;
  readonly #health: HealthProbe;
  readonly #onCommand: (command: string, outcome: 'ok' | 'failed', durationMs: number) => void;
  /** Aborted when the connection is lost that there is now. */
  #lost = new AbortController();
  /** The connection is there, and `onReady` has nothing against its use. */
  #isUsable = false;
  #isClosing = false;
  #runId: string | undefined;
  /** The work of `onReady`: one at a time, over all connections. */
  #preparing: Promise<void> = Promise.resolve();
  /** What this turn of the event loop writes is held back until it is over. */
  #corked: Redis['stream'] | undefined;

  constructor(options: RedisOptions) {
    const { settings, service, clock, logger, metrics } = options;
    this.#options = options;
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
      this.#isUsable = false;
      this.#lost.abort();
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
  async open(): Promise<void> {
    const { clock, logger } = this.#options;
    const stopWaiting = clock.after(patienceMs, () => {
      logger.warn('still waiting for Redis: check REDIS_URL, and that the server runs');
    });
    await this.#untilPrepared().finally(stopWaiting);
    this.#client.on('close', () => {
      if (!this.#isClosing) logger.warn('lost the connection to Redis');
    });
  }

  async run<T>(name: string, commands: (client: Redis) => Promise<T>): Promise<T> {
    if (this.#isUsable) return this.#put(name, commands);
    throw notReady(name);
  }

  script<Reply extends ZodType>(definition: ScriptDefinition<Reply>): Script<Reply> {
    const run: RedisCommands['run'] = (name, commands) => this.run(name, commands);
    return createScript({ client: this.#client, run, definition });
  }

  /** What a service lacks of it before it can serve, in words for an operator; empty where it answers. */
  async missing(): Promise<string[]> {
    const missing = await this.#health.missing();
    if (missing.length > 0 || this.#isUsable) return missing;
    return ['a look at what Redis holds'];
  }

  /** Lets what was begun come to its end, for some seconds, and closes the connection. */
  async close(): Promise<void> {
    this.#isClosing = true;
    const quit = this.#client.quit().catch(() => undefined);
    await isDoneWithin(quit, closeTimeoutMs, this.#options.clock);
    this.#client.disconnect();
  }

  /** Resolves to false where the connection is lost before it may be used. */
  async #prepare(lost: AbortSignal): Promise<boolean> {
    const run: RedisCommands['run'] = async (name, commands) => {
      // What looks at one Redis must not write to the next.
      if (lost.aborted) throw notReady(name);
      return this.#put(name, commands);
    };
    const commands: RedisCommands = {
      run,
      script: (definition) => createScript({ client: this.#client, run, definition }),
    };
    const facts = await untilUsable({ ...this.#options, lost, commands });
    if (!facts || lost.aborted) return false;
    this.#welcome(facts);
    return true;
  }

  #welcome(facts: ServerFacts): void {
    const { mustKeep, logger } = this.#options;
    if (this.#runId !== undefined) logger.info('Redis is connected again');
    const isKnown = facts.runId === this.#runId;
    for (const warning of mustKeep && !isKnown ? durabilityWarnings(facts) : []) logger.warn(warning);
    this.#runId = facts.runId;
    this.#isUsable = true;
  }

  async #put<T>(name: string, commands: (client: Redis) => Promise<T>): Promise<T> {
    const startedAtMs = performance.now();
    this.#cork();
    try {
      const reply = await commands(this.#client);
      this.#onCommand(name, 'ok', performance.now() - startedAtMs);
      return reply;
    } catch (error) {
      this.#onCommand(name, 'failed', performance.now() - startedAtMs);
      throw redisFault(error, name);
    }
  }

  /** The client's own auto-pipelining has one batch under way at a time, and costs half as much CPU again. */
  #cork(): void {
    const { stream, status } = this.#client;
    if (this.#corked || status !== 'ready') return;
    this.#corked = stream;
    stream.cork();
    setImmediate(() => {
      this.#corked = undefined;
      stream.uncork();
    });
  }

  /** Resolves when the connection may be used for the first time. */
  #untilPrepared(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#client.on('ready', () => {
        const { signal } = (this.#lost = new AbortController());
        this.#preparing = this.#preparing
          .then(async () => {
            if (await this.#prepare(signal)) resolve();
          })
          .catch(reject);
      });
      this.#client.on('error', (error: Error) => {
        if (isRefused(error)) reject(new Error(`Redis does not let us in: ${error.message}`));
      });
      // The first attempt; what comes of it, and of the later ones, is told by events.
      this.#client.connect().catch(() => undefined);
    });
  }
}

function notReady(name: string): Fault {
  return new Fault('service_unavailable', { cause: new Error(`${name}: Redis is not ready`) });
}
