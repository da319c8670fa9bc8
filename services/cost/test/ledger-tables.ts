import { createHash } from 'node:crypto';
import type { Envelope } from '@weir/contracts/envelope';
import { parseConfig } from '@weir/service-kit/config';
import { systemClock } from '@weir/service-kit/clock';
import { openDatabase } from '@weir/service-kit/database/database';
import { databaseConfigSchema } from '@weir/service-kit/database/database-config';
import { createLogger } from '@weir/service-kit/logger';
import { createMetrics } from '@weir/service-kit/metrics';
import { testEnvelope } from '@weir/testkit/envelope';
import { startPostgres } from '@weir/testkit/servers/postgres';
import { refreshRollups } from '../src/ledger/rollups.ts';

/** A row of the ledger, as far as a test says. */
export interface TestEntry {
  readonly ts: Date;
  readonly request_id: string;
  readonly attempt: number;
  readonly entry: 'attempt' | 'cache_hit' | 'expired' | 'corrected';
  readonly organisation_id: string;
  readonly team_id: string | null;
  readonly user_id: string | null;
  readonly key_id: string | null;
  readonly tags: readonly string[];
  readonly end_user: string | null;
  readonly provider: string;
  readonly model: string;
  readonly model_asked: string;
  readonly purpose: string | null;
  readonly outcome: string;
  readonly maybe_billed: boolean;
  readonly requests: number;
  readonly uncached_input_tokens: number;
  readonly cache_read_tokens: number;
  readonly output_tokens: number;
  readonly reasoning_tokens: number;
  readonly total_tokens: number;
  readonly usage_source: 'provider' | 'estimated' | 'missing' | 'cache';
  readonly cost_usd: string | null;
  readonly asked_model_cost_usd: string | null;
  readonly saved_usd: string | null;
  readonly cache_tier: 'exact' | 'semantic' | null;
  readonly saved_input_tokens: number | null;
  readonly saved_output_tokens: number | null;
  readonly saved_ms: number | null;
  readonly metadata: object | null;
}

let made = 0;

/** An attempt of organisation `acme` that cost a dollar, but for what is said. */
export function entryOf(known: Partial<TestEntry> & { readonly ts: Date }): TestEntry {
  made++;
  const hex = known.ts.getTime().toString(16).padStart(12, '0');
  return {
    ...{ request_id: `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${made.toString(16).padStart(12, '0')}` },
    ...{
      attempt: 1,
      entry: 'attempt',
      organisation_id: 'acme',
      team_id: null,
      user_id: null,
      key_id: 'key00001',
    },
    ...{ tags: [], end_user: null, provider: 'openai', model: 'gpt-5-mini', model_asked: 'gpt-5-mini' },
    ...{ purpose: 'first', outcome: 'ok', maybe_billed: true, requests: 1, uncached_input_tokens: 10 },
    ...{
      cache_read_tokens: 0,
      output_tokens: 5,
      reasoning_tokens: 0,
      total_tokens: 15,
      usage_source: 'provider',
    },
    ...{ cost_usd: '1', asked_model_cost_usd: null, saved_usd: null, metadata: null },
    ...{ cache_tier: null, saved_input_tokens: null, saved_output_tokens: null, saved_ms: null },
    ...known,
  };
}

/** The cost service's tables on a Postgres of the test file's own. */
export async function openLedgerTables() {
  const postgres = await startPostgres();
  const [settings] = parseConfig([databaseConfigSchema], { DATABASE_URL: postgres.url });
  const database = await openDatabase({
    settings,
    service: 'cost',
    migrations: new URL('../migrations/', import.meta.url),
    clock: systemClock,
    logger: createLogger({ service: 'cost', instance: 'test', level: 'silent' }),
    metrics: createMetrics('cost'),
  });
  const sql = async (text: string, ...values: unknown[]) => {
    const name = createHash('sha256').update(text).digest('hex').slice(0, 32);
    return (await database.query({ name, text }, values)).rows as Record<string, unknown>[];
  };
  return {
    database,
    sql,
    /** Enters rows as the ledger's writer does; the rollups follow by `refresh`. */
    enter: (entries: readonly TestEntry[]) =>
      database.transaction(async (transaction) => {
        const columns = Object.keys(entries[0] ?? {}).join(', ');
        const text = `insert into llm_usage_log (${columns})
          select ${columns} from json_populate_recordset(null::llm_usage_log, $1::json)`;
        const rows = entries.map((entry) => ({ ...entry, tags: `{${entry.tags.join(',')}}` }));
        await transaction.query({ name: 'test.enter', text }, [JSON.stringify(rows)]);
        const quarters = `insert into dirty_quarters (quarter) select date_bin('15 minutes', unnest($1::timestamptz[]), 'epoch')`;
        await transaction.query({ name: 'test.dirty', text: quarters }, [entries.map(({ ts }) => ts)]);
      }),
    async refresh() {
      while ((await database.transaction(refreshRollups)) > 0);
      await sql('update rollup_worker set computed_at = now()');
    },
    async clear() {
      const rollups = ['quarter_hourly', 'daily'].flatMap((time) =>
        ['', '_by_tag', '_by_end_user'].map((by) => `usage_${time}${by}`),
      );
      await sql(`truncate llm_usage_log, dirty_quarters, rollup_time_zones, ${rollups.join(', ')}`);
    },
    async close() {
      await database.close();
      await postgres.close();
    },
  };
}

export type LedgerTables = Awaited<ReturnType<typeof openLedgerTables>>;

/** As an admin's request comes from an ingress. */
export function adminEnvelope(organisation?: string): Envelope {
  const actor = {
    id: 'admin001',
    address: '192.0.2.1',
    sealingKey: 'X',
    ...(organisation && { organisation }),
  };
  return { ...testEnvelope(), actor };
}
