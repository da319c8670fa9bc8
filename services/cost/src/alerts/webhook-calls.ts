import type { Query, Queryable } from '@weir/service-kit/database/query';
import { integerColumn, rows } from '@weir/service-kit/database/rows';
import { z } from 'zod';

/** What is to be sent where. */
export interface NewCall {
  /** Of the alert. */
  readonly eventId: string;
  /** Of the budget that has the webhook, its URL and its secret. */
  readonly scopeKey: string;
  readonly webhookId: string;
  readonly host: string;
  readonly body: string;
}

const rowSchema = z
  .object({
    id: integerColumn,
    event_id: z.string(),
    scope_key: z.string(),
    webhook_id: z.string(),
    host: z.string(),
    body: z.string(),
    attempts: z.int(),
    created_at: z.date(),
  })
  .transform(({ attempts, body, created_at, event_id, host, id, scope_key, webhook_id }) => ({
    ...{ id, eventId: event_id, scopeKey: scope_key, webhookId: webhook_id, host, body, attempts },
    createdAtMs: created_at.getTime(),
  }));

/** A call that is to be made now; `attempts` counts this one in. */
export type DueCall = z.output<typeof rowSchema>;

const add: Query = {
  name: 'webhook-calls.add',
  text: `insert into webhook_calls (event_id, scope_key, webhook_id, host, body, created_at, due_at)
    select event_id, scope_key, webhook_id, host, body, $6::timestamptz, $6
    from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) as call (event_id, scope_key, webhook_id, host, body)
    on conflict do nothing`,
};

// One of each webhook, so that a slow one takes one place, however many calls of it wait.
const claim: Query = {
  name: 'webhook-calls.claim',
  text: `with next as (
      select id from webhook_calls
      where ended_at is null and id in (
        select distinct on (webhook_id) id from webhook_calls
        where ended_at is null and due_at <= $1 and webhook_id <> all($3) order by webhook_id, due_at
      )
      order by due_at limit $4 for update skip locked
    )
    update webhook_calls as call set attempts = attempts + 1, due_at = $2 from next where call.id = next.id
    returning call.id, event_id, scope_key, webhook_id, host, body, attempts, created_at`,
};

const end: Query = {
  name: 'webhook-calls.end',
  text: 'update webhook_calls set ended_at = $2 where id = $1',
};

const postpone: Query = {
  name: 'webhook-calls.postpone',
  text: 'update webhook_calls set due_at = $2 where id = $1',
};

const deleteEnded: Query = {
  name: 'webhook-calls.delete-ended',
  text: 'delete from webhook_calls where ended_at < $1',
};

/** What is there already of the same alert and webhook stays as it is. */
export async function addCalls(database: Queryable, calls: readonly NewCall[], nowMs: number): Promise<void> {
  if (calls.length === 0) return;
  const column = (field: keyof NewCall) => calls.map((call) => call[field]);
  const texts = (['eventId', 'scopeKey', 'webhookId', 'host', 'body'] as const).map(column);
  await database.query(add, [...texts, new Date(nowMs)]);
}

interface ClaimOptions {
  readonly nowMs: number;
  /** When somebody else makes a call of which nothing is heard. */
  readonly leaseEndsAtMs: number;
  /** Of these none is claimed. */
  readonly busyWebhookIds: readonly string[];
  readonly limit: number;
}

/** Calls that are due, which nobody else makes now. */
export async function claimCalls(
  database: Queryable,
  { busyWebhookIds, leaseEndsAtMs, limit, nowMs }: ClaimOptions,
): Promise<DueCall[]> {
  const values = [new Date(nowMs), new Date(leaseEndsAtMs), busyWebhookIds, limit];
  return rows(rowSchema, await database.query(claim, values));
}

export async function endCall(database: Queryable, id: number, nowMs: number): Promise<void> {
  await database.query(end, [id, new Date(nowMs)]);
}

export async function postponeCall(database: Queryable, id: number, dueAtMs: number): Promise<void> {
  await database.query(postpone, [id, new Date(dueAtMs)]);
}

/** Those that ended before. */
export async function deleteEndedCalls(database: Queryable, beforeMs: number): Promise<void> {
  await database.query(deleteEnded, [new Date(beforeMs)]);
}
