import { createHash } from 'node:crypto';
import type { Envelope } from '@weir/contracts/envelope';
import { parseOwnJson } from '@weir/service-kit/bounded-json';
import { UnreadableToken } from '@weir/service-kit/crypto/master-keys';
import type { Query, Queryable } from '@weir/service-kit/database/query';
import { rows } from '@weir/service-kit/database/rows';
import { Fault } from '@weir/service-kit/fault';
import { z } from 'zod';
import { actorOf } from '@weir/service-kit/admin/reach';
import type { KeyWrapper } from '../vault/key-wrapper.ts';

export interface IdempotencyOptions {
  /** Undefined where the request is not to be done once. */
  readonly key: string | undefined;
  /** What is asked: another request under the same key is refused. */
  readonly request: unknown;
}

/** A request's place among those that are done once. */
interface Claim {
  /** What was answered when it was done. */
  readonly reply?: unknown;
  /** Keeps the reply, as a part of the same transaction. */
  keep(reply: object): Promise<void>;
}

// Whoever sends the same key at the same time waits here until the first has committed.
const insert: Query = {
  name: 'idempotency.insert',
  text: `insert into idempotency_keys (actor, idempotency_key, request_digest) values ($1, $2, $3)
    on conflict do nothing`,
};

const find: Query = {
  name: 'idempotency.find',
  text: 'select request_digest, reply from idempotency_keys where actor = $1 and idempotency_key = $2',
};

const keep: Query = {
  name: 'idempotency.keep',
  text: 'update idempotency_keys set reply = $3 where actor = $1 and idempotency_key = $2',
};

const forget: Query = {
  name: 'idempotency.forget',
  text: "delete from idempotency_keys where created_at < now() - interval '1 day'",
};

const rowSchema = z.object({ request_digest: z.string(), reply: z.string().nullable() });

/** Replies to requests that may be sent again, for a day. They are encrypted: they may hold a new key. */
export class Idempotency {
  readonly #wrapper: KeyWrapper;

  constructor(wrapper: KeyWrapper) {
    this.#wrapper = wrapper;
  }

  /** Throws `idempotency_conflict` where the key stands for another request. */
  async claim(
    transaction: Queryable,
    envelope: Envelope,
    { key, request }: IdempotencyOptions,
  ): Promise<Claim | undefined> {
    if (key === undefined) return undefined;
    const place = [actorOf(envelope).id, key];
    const digest = createHash('sha256').update(JSON.stringify(request)).digest('base64url');
    const { rowCount } = await transaction.query(insert, [...place, digest]);
    const keepReply = async (reply: object) => {
      const { token } = await this.#wrapper.wrap(JSON.stringify(reply));
      await transaction.query(keep, [...place, token]);
    };
    if (rowCount === 1) return { keep: keepReply };
    const [row] = rows(rowSchema, await transaction.query(find, place));
    if (row?.request_digest !== digest || row.reply === null) throw new Fault('idempotency_conflict');
    return { reply: parseOwnJson(await this.#open(row.reply)), keep: keepReply };
  }

  async #open(token: string): Promise<string> {
    try {
      return await this.#wrapper.unwrap(token);
    } catch (error) {
      if (!(error instanceof UnreadableToken)) throw error;
      throw new Fault('idempotency_conflict', {
        message:
          'This request was done before, and what was answered cannot be read any more: its master key is gone.',
        cause: error,
      });
    }
  }
}

/** What is older than a day is done anew. */
export async function forgetIdempotencyKeys(database: Queryable): Promise<void> {
  await database.query(forget);
}
