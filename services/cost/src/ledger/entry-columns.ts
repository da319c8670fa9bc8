import type { UsageRecord } from '@weir/contracts/usage-record';
import type { LedgerEntry } from './ledger-entry.ts';
import { latestMs } from './month.ts';
import { arrayElement, arrayLiteral, storableMetadata, storableText } from './storable-text.ts';

/** An entry, and the message that brought it; null for a replayed dead letter, which belongs to no place in the stream. */
export interface ReceivedEntry {
  readonly entry: LedgerEntry;
  readonly streamSequence: number | null;
}

type Value = string | number | boolean | null;
type Read = (entry: LedgerEntry, received: ReceivedEntry) => Value;

interface Column {
  readonly name: string;
  /** Of what is sent, a value for each row. */
  readonly type: 'text' | 'bigint' | 'double precision' | 'boolean';
  readonly read: Read;
  /** Makes of what is sent what the column holds. */
  readonly convert?: (value: string) => string;
}

const text = (name: string, read: (entry: LedgerEntry) => string | undefined): Column => ({
  name,
  type: 'text',
  read: (entry) => {
    const value = read(entry);
    return value === undefined ? null : storableText(value);
  },
});

/** The same with a form of its own. */
const converted = (name: string, type: string, read: (entry: LedgerEntry) => string | null): Column => ({
  name,
  type: 'text',
  read,
  convert: (value) => `${value}::${type}`,
});

const whole = (name: string, read: Read, type?: string): Column => ({
  name,
  type: 'bigint',
  read,
  ...(type !== undefined && { convert: (value: string) => `${value}::${type}` }),
});

/** Beyond these a figure is a mistake of whoever sent it, and sums of such would be too large for their columns. */
const most = { tokens: 1e12, durationMs: 1e9 };

const duration = (name: string, read: (entry: LedgerEntry) => number | undefined): Column => ({
  name,
  type: 'double precision',
  read: (entry) => {
    const valueMs = read(entry);
    return valueMs === undefined ? null : Math.min(valueMs, most.durationMs);
  },
});

const bool = (name: string, read: Read): Column => ({ name, type: 'boolean', read });

/** Sent as whole nano-USD, kept as dollars. */
const money = (name: string, read: Read): Column => ({
  name,
  type: 'bigint',
  read,
  convert: (value) => `${value} * 0.000000001`,
});

const tokens = (
  name: string,
  field: Exclude<keyof UsageRecord, 'serviceTier' | 'modelServed' | 'source' | 'suspect'>,
) => whole(name, ({ usage }) => Math.min(usage?.[field] ?? 0, most.tokens));

const savedTokens = (name: string, field: 'inputTokens' | 'outputTokens') =>
  whole(name, ({ cached }) => (cached?.saved ? Math.min(cached.saved[field], most.tokens) : null));

function claimedTokens(usage: UsageRecord | undefined): number | null {
  if (!usage?.suspect) return null;
  return Math.min(usage.suspect.inputTokens + usage.suspect.outputTokens, most.tokens);
}

/** The columns of `llm_usage_log` that the service fills. */
export const entryColumns: readonly Column[] = [
  {
    name: 'ts',
    type: 'bigint',
    read: ({ startedAtMs }) => Math.min(startedAtMs, latestMs),
    convert: (value) => `to_timestamp(${value} / 1000.0)`,
  },
  text('request_id', ({ requestId }) => requestId),
  whole('attempt', ({ attempt }) => attempt, 'integer'),
  text('entry', ({ entry }) => entry),
  text('organisation_id', ({ tenant }) => tenant),
  text('team_id', ({ account }) => account.teamId),
  text('user_id', ({ account }) => account.userId),
  text('key_id', ({ account }) => account.keyId),
  converted('tags', 'text[]', ({ account }) => (account.tags ? arrayLiteral(account.tags) : '{}')),
  text('end_user', ({ account }) => account.endUser),
  text('provider', ({ provider }) => provider),
  text('model', ({ model }) => model),
  text('model_asked', ({ modelAsked }) => modelAsked),
  text('model_served', ({ usage }) => usage?.modelServed),
  text('service_tier', ({ usage }) => usage?.serviceTier),
  text('config', ({ made }) => made?.config),
  text('path', ({ made }) => made?.path),
  text('credential', ({ made }) => made?.credential),
  text('purpose', ({ made }) => made?.purpose),
  text('outcome', ({ outcome }) => outcome),
  bool('maybe_billed', ({ maybeBilled }) => maybeBilled),
  bool('streamed', ({ streamed }) => streamed),
  duration('latency_ms', ({ latencyMs }) => latencyMs),
  duration('first_content_ms', ({ made }) => made?.firstContentMs),
  whole('requests', ({ requests }) => requests, 'smallint'),
  tokens('uncached_input_tokens', 'uncachedInputTokens'),
  tokens('cache_read_tokens', 'cacheReadTokens'),
  tokens('cache_write_5m_tokens', 'cacheWrite5mTokens'),
  tokens('cache_write_1h_tokens', 'cacheWrite1hTokens'),
  tokens('audio_input_tokens', 'audioInputTokens'),
  tokens('image_input_tokens', 'imageInputTokens'),
  tokens('output_tokens', 'outputTokens'),
  tokens('reasoning_tokens', 'reasoningTokens'),
  tokens('audio_output_tokens', 'audioOutputTokens'),
  tokens('web_search_requests', 'webSearchRequests'),
  whole('total_tokens', ({ totalTokens }) => Math.min(totalTokens, most.tokens)),
  text('usage_source', ({ usageSource }) => usageSource),
  whole('claimed_tokens', ({ usage }) => claimedTokens(usage)),
  money('cost_usd', ({ costNanoUsd }) => costNanoUsd),
  text('price_id', ({ priceId }) => priceId),
  money('asked_model_cost_usd', ({ modelAskedNanoUsd }) => modelAskedNanoUsd ?? null),
  text('cache_tier', ({ cached }) => cached?.tier),
  money('saved_usd', ({ cached }) => cached?.savedNanoUsd ?? null),
  savedTokens('saved_input_tokens', 'inputTokens'),
  savedTokens('saved_output_tokens', 'outputTokens'),
  duration('saved_ms', ({ cached }) => cached?.saved?.latencyMs),
  { name: 'similarity', type: 'double precision', read: ({ cached }) => cached?.similarity ?? null },
  converted('metadata', 'jsonb', ({ metadata }) => (metadata ? storableMetadata(metadata) : null)),
  whole('stream_sequence', (_entry, { streamSequence }) => streamSequence),
];

/** An array literal for each column, in their order. (What the driver makes of arrays takes it six times as long.) */
export function columnValues(received: readonly ReceivedEntry[]): string[] {
  return entryColumns.map((column) => `{${elements(column, received).join(',')}}`);
}

/** Most columns have the same value in many rows: it is written once for those that follow each other. */
function elements({ read, type }: Column, received: readonly ReceivedEntry[]): string[] {
  let last: Value = null;
  let element = 'NULL';
  return received.map((each) => {
    const value = read(each.entry, each);
    if (value !== last) {
      last = value;
      element = value === null ? 'NULL' : type === 'text' ? arrayElement(String(value)) : String(value);
    }
    return element;
  });
}
