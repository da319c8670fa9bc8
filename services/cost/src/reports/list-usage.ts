import { type listUsage, type UsageRow, usageRowSchema } from '@weir/contracts/admin/usage';
import { dispatchOf } from '@weir/contracts/usage-events';
import { toPageBy } from '@weir/service-kit/admin/page';
import { organisationWithin } from '@weir/service-kit/admin/reach';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import type { Database } from '@weir/service-kit/database/database';
import type { Query } from '@weir/service-kit/database/query';
import { integerColumn, rows } from '@weir/service-kit/database/rows';
import { Fault } from '@weir/service-kit/fault';
import { z } from 'zod';
import { inputTokens } from './report-query.ts';
import { preparePlanning } from './report-state.ts';

const list: Query = {
  name: 'usage.list',
  text: `select ts, to_char(ts at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as exact_ts, request_id, attempt, entry,
      organisation_id as organisation, team_id as team, user_id as user, key_id as key, tags, end_user, provider, model, model_asked,
      purpose, outcome, streamed, latency_ms, first_content_ms,
      ${inputTokens} as input_tokens,
      cache_read_tokens, cache_write_5m_tokens + cache_write_1h_tokens as cache_write_tokens,
      output_tokens + audio_output_tokens as output_tokens, reasoning_tokens, trim_scale(cost_usd) as cost_usd, price_id,
      trim_scale(saved_usd) as saved_usd, usage_source, claimed_tokens, metadata,
      cache_tier, saved_input_tokens, saved_output_tokens, saved_ms, similarity
    from llm_usage_log
    where ($1::timestamptz is null or ts >= $1) and ($2::timestamptz is null or ts < $2)
      and ($3::timestamptz is null or (ts, request_id, attempt, entry) < ($3, $4, $5::integer, $6))
      and ($7::text is null or organisation_id = $7) and ($8::text is null or key_id = $8) and ($9::text is null or user_id = $9)
      and ($10::text is null or model = $10) and ($11::text is null or provider = $11) and ($12::text is null or outcome = $12)
      and ($13::text is null or request_id = $13)
    order by ts desc, request_id desc, attempt desc, entry desc limit $14`,
};

const { entry } = usageRowSchema.shape;

const rowSchema = z
  .object({
    ...usageRowSchema.omit({ is_estimate: true, dispatch: true }).shape,
    ts: z.date(),
    /** To the microsecond, for the next page. */
    exact_ts: z.string(),
    input_tokens: integerColumn,
    cache_read_tokens: integerColumn,
    cache_write_tokens: integerColumn,
    output_tokens: integerColumn,
    reasoning_tokens: integerColumn,
    saved_input_tokens: integerColumn.nullable(),
    saved_output_tokens: integerColumn.nullable(),
    claimed_tokens: integerColumn.nullable(),
    usage_source: z.string(),
  })
  .transform(({ exact_ts, ts, usage_source, ...row }) => {
    const isEstimate = usage_source === 'estimated' || row.entry === 'expired' || row.entry === 'corrected';
    const listed: UsageRow = {
      ...row,
      dispatch: dispatchOf(row.attempt),
      ts: ts.toISOString(),
      is_estimate: isEstimate,
    };
    return { listed, place: [exact_ts, row.request_id, row.attempt, row.entry] as const };
  });

/** The ledger's entries, newest first. */
export function createListUsage(database: Pick<Database, 'transaction'>): EndpointHandler<typeof listUsage> {
  return async ({ data, envelope }) => {
    const {
      from = null,
      key = null,
      limit,
      model = null,
      outcome = null,
      provider = null,
      to = null,
      user = null,
    } = data;
    const organisation = organisationWithin(envelope, data.organisation_id);
    const requestId = data.request_id?.toLowerCase();
    const times = requestId === undefined ? { from, to } : timesOf(requestId, from, to);
    const place = placeOf(data.after) ?? [null, null, null, null];
    const values = [
      ...[times.from, times.to, ...place, organisation ?? null, key, user, model, provider, outcome],
      ...[requestId ?? null, limit + 1],
    ];
    const read = await database.transaction(async (transaction) => {
      await preparePlanning(transaction);
      return rows(rowSchema, await transaction.query(list, values));
    });
    const page = toPageBy(read, limit, ({ place: last }) =>
      Buffer.from(last.join(' ')).toString('base64url'),
    );
    return { ...page, data: page.data.map(({ listed }) => listed) };
  };
}

/** An attempt begins after its request, whose id (UUIDv7) begins with its time: nothing else of the ledger is looked at. */
const beforeMs = 60_000;
const afterMs = 15 * 60_000;

function timesOf(requestId: string, from: string | null, to: string | null) {
  const startedAtMs = Number.parseInt(requestId.slice(0, 8) + requestId.slice(9, 13), 16);
  const earliest = new Date(Math.max(startedAtMs - beforeMs, from === null ? 0 : Date.parse(from)));
  const latest = new Date(Math.min(startedAtMs + afterMs, to === null ? Infinity : Date.parse(to)));
  return { from: earliest, to: latest };
}

const placeSchema = z.tuple([
  z.iso.datetime(),
  z.string().regex(/^[\x21-\x7e]{1,128}$/),
  z.string().regex(/^\d{1,9}$/),
  entry,
]);

function placeOf(after: string | undefined) {
  if (after === undefined) return undefined;
  const place = placeSchema.safeParse(Buffer.from(after, 'base64url').toString().split(' '));
  if (place.success) return place.data;
  throw new Fault('invalid_request', {
    message: 'after must be the "next" of the page before.',
    param: 'after',
  });
}
