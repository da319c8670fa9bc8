import type { Query, Queryable } from '@weir/service-kit/database/query';
import { integerColumn, rows } from '@weir/service-kit/database/rows';
import { z } from 'zod';

/** What is to be sent where. */
export interface NewCall {
  /** Of the alert. */
  readonly eventId: string;
  /** Of the budget that has the webhook and its secret. */
  readonly scopeKey: string;
  readonly url: string;
  readonly body: string;
}

const rowSchema = z
  .object({
    id: integerColumn,
    event_id: z.string(),
    scope_key: z.string(),
    url: z.string(),
    body: z.string(),
    attempts: z.int(),
    created_at: z.date(),
  })
  .transform(({ attempts, body, created_at, event_id, id, scope_key, url }) => ({
    ...{ id, eventId: event_id, scopeKey: scope_key, url, body, attempts },
    createdAtMs: created_at.getTime(),
  }));

/** A call that is to be made now; `attempts` counts this one in. */
export type DueCall = z.output<typeof rowSchema>;

const add: Query = {
  name: 'webhook-calls.add',
  text: `insert into webhook_calls (event_id, scope_key, url, body, created_at, due_at)
    select event_id, scope_key, url, body, $5::timestamptz, $5
    from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as call (event_id, scope_key, url, body)
    on conflict do nothing`,
};

// One of each URL, so that a slow one takes one place, however many calls of it wait.
const claim: Query = {
  name: 'webhook-calls.claim',
  text: `with next as (
      select id from webhook_calls
      where ended_at is null and id in (
        select distinct on (url) id from webhook_calls
        where ended_at is null and due_at <= $1 and url <> all($3) order by url, due_at
      )
      order by due_at limit $4 for update skip locked
    )
    update webhook_calls as call set attempts = attempts + 1, due_at = $2 from next where call.id = next.id
    returning call.id, event_id, scope_key, url, body, attempts, created_at`,
};

const end: Query = {
  name: 'webhook-calls.end',
  text: 'update webhook_calls set ended_at = $2 where id = $1',
};

const postpone: Query = {
  name: 'webhook-calls.postpone',
  text: 'update webhook_calls set due_at = $2 where id = $1',
};

const forget: Query = { name: 'webhook-calls.forget', text: 'delete from webhook_calls where ended_at < $1' };

/** What is there already of the same alert and URL stays as it is. */
export async function addCalls(database: Queryable, calls: readonly NewCall[], nowMs: number): Promise<void> {
  if (calls.length === 0) return;
  const column = (field: keyof NewCall) => calls.map((call) => call[field]);
  const values = [column('eventId'), column('scopeKey'), column('url'), column('body')];
  await database.query(add, [...values, new Date(nowMs)]);
}

interface ClaimOptions {
  readonly nowMs: number;
  /** When somebody else makes a call of which nothing is heard. */
  readonly leaseEndsAtMs: number;
  /** Of these none is claimed. */
  readonly busyUrls: readonly string[];
  readonly limit: number;
}

/** Calls that are due, which nobody else makes now. */
export async function claimCalls(
  database: Queryable,
  { busyUrls, leaseEndsAtMs, limit, nowMs }: ClaimOptions,
): Promise<DueCall[]> {
  const values = [new Date(nowMs), new Date(leaseEndsAtMs), busyUrls, limit];
  return rows(rowSchema, await database.query(claim, values));
}

export async function endCall(database: Queryable, id: number, nowMs: number): Promise<void> {
  await database.query(end, [id, new Date(nowMs)]);
}

export async function postponeCall(database: Queryable, id: number, dueAtMs: number): Promise<void> {
  await database.query(postpone, [id, new Date(dueAtMs)]);
}

/** Those that ended before. */
export async function forgetCalls(database: Queryable, beforeMs: number): Promise<void> {
  await database.query(forget, [new Date(beforeMs)]);
}
