import type { Clock } from '@weir/service-kit/clock';
import { UnreadableToken } from '@weir/service-kit/crypto/master-keys';
import type { Database } from '@weir/service-kit/database/database';
import { Fault } from '@weir/service-kit/fault';
import type { Logger } from '@weir/service-kit/logger';
import type { Metrics } from '@weir/service-kit/metrics';
import type { Publisher } from '@weir/service-kit/projection/publisher';
import { addToOutbox } from '@weir/service-kit/projection/outbox';
import { countFormerTokens, lockFormerTokens, replaceTokens, type TokenChange } from '../tables/tokens.ts';
import { isInstallationCurrent, reencryptInstallation } from './installation.ts';
import type { KeyWrapper } from './key-wrapper.ts';

interface ReEncryptionParts {
  readonly database: Pick<Database, 'query' | 'transaction'>;
  readonly wrapper: KeyWrapper;
  readonly publisher: Pick<Publisher, 'publish'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** How soon it is looked for again: another replica may have been started with former keys, */
const pauseMs = 60_000;
/** or is at work on what is left, or has gone, or the database has. */
const shortPauseMs = 2_000;
/** So that a row is never locked for long. */
const batchSize = 100;

/**
 * Encrypts with the newest master key what was encrypted with a former one, while everything is served: a batch at a time,
 * and each batch by one replica. When nothing is left, the former keys can be taken away.
 */
export class ReEncryption {
  readonly #parts: ReEncryptionParts;
  readonly #unreadable = new Set<string>();
  #left: number | undefined;
  #stopTimer: (() => void) | undefined;
  #running: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(parts: ReEncryptionParts) {
    this.#parts = parts;
    parts.metrics.gauge(
      {
        name: 'keys_rows_by_former_master_key',
        help: 'Rows that are still encrypted with another master key than the newest',
      },
      () => this.#left ?? Number.NaN,
    );
  }

  /** It goes on by itself, and is tried again where the database is away. */
  start(): void {
    const { clock, logger } = this.#parts;
    this.#running = this.run()
      .catch((thrown: unknown) => {
        const err = Fault.from(thrown);
        logger.warn({ err }, 're-encryption could not go on: it is tried again');
      })
      .finally(() => {
        if (this.#isStopped) return;
        this.#stopTimer = clock.after(this.#left === 0 ? pauseMs : shortPauseMs, () => {
          this.start();
        });
      });
  }

  /** Resolves when the batch that was begun is done. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#stopTimer?.();
    await this.#running;
  }

  /** Resolves when there is nothing left that this replica can do. */
  async run(): Promise<void> {
    const { database, publisher, wrapper } = this.#parts;
    for (let after = ''; !this.#isStopped;) {
      const { last, queued } = await database.transaction(async (transaction) => {
        const former = await lockFormerTokens(transaction, { keyId: wrapper.keyId, after, limit: batchSize });
        const changes = await Promise.all(former.map((row) => this.#reencrypt(row)));
        const changed = await replaceTokens(
          transaction,
          changes.filter((change) => change !== undefined),
        );
        const items = changed.map((id) => ({ kind: 'credential' as const, id }));
        return { last: former.at(-1)?.id, queued: await addToOutbox(transaction, items) };
      });
      await publisher.publish(queued);
      if (last === undefined) break;
      after = last;
    }
    await this.#finish();
  }

  /** Undefined where no master key opens it: the others go on. */
  async #reencrypt({ id, token: former }: { id: string; token: string }): Promise<TokenChange | undefined> {
    const { logger, wrapper } = this.#parts;
    try {
      const { keyId, token } = await wrapper.wrap(await wrapper.unwrap(former));
      return { id, former, token, keyId };
    } catch (thrown) {
      if (!(thrown instanceof UnreadableToken)) throw thrown;
      if (!this.#unreadable.has(id)) {
        logger.error({ credentialId: id }, 'no master key opens a credential: give it its key anew');
      }
      this.#unreadable.add(id);
      return undefined;
    }
  }

  async #finish(): Promise<void> {
    const { database, logger, wrapper } = this.#parts;
    const credentials = await countFormerTokens(database, wrapper.keyId);
    if (credentials === 0) await reencryptInstallation(database, wrapper);
    const left = credentials + ((await isInstallationCurrent(database, wrapper)) ? 0 : 1);
    if (left === 0 && this.#left !== 0) {
      const { keyId: masterKeyId } = wrapper;
      logger.info(
        { masterKeyId },
        'everything is encrypted with the newest master key, and nothing with others',
      );
    }
    this.#left = left;
  }
}
