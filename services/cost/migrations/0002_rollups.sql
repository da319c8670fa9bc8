-- Sums of the ledger, for reports. The service computes them anew from llm_usage_log whenever rows of their time were added, so
-- that each is what the same sum over the ledger gives, as it was some seconds ago (rollup_worker). Quarters of an hour are in
-- UTC, since the days of every time zone can be made of them; days are those of the organisation's time zone.

-- The columns that all of the tables have, in the same meaning.
create table usage_sums (
  requests bigint not null,
  attempts bigint not null,
  failed_attempts bigint not null,
  estimated_attempts bigint not null,
  unpriced_attempts bigint not null,
  cache_hits bigint not null,
  semantic_cache_hits bigint not null,
  uncached_input_tokens bigint not null,
  cache_read_tokens bigint not null,
  cache_write_5m_tokens bigint not null,
  cache_write_1h_tokens bigint not null,
  audio_input_tokens bigint not null,
  image_input_tokens bigint not null,
  output_tokens bigint not null,
  reasoning_tokens bigint not null,
  audio_output_tokens bigint not null,
  web_search_requests bigint not null,
  total_tokens bigint not null,
  cost_usd numeric not null,
  estimated_cost_usd numeric not null,
  adjusted_cost_usd numeric not null,
  cache_saved_usd numeric not null,
  semantic_cache_saved_usd numeric not null,
  routing_saved_usd numeric not null,
  attempts_latency_ms double precision not null
);
comment on column usage_sums.requests is 'Requests, those among them that the cache answered.';
comment on column usage_sums.failed_attempts is 'Attempts whose outcome is neither ok nor cancelled.';
comment on column usage_sums.estimated_attempts is 'Attempts whose tokens the gateway has estimated.';
comment on column usage_sums.unpriced_attempts is 'Attempts that the provider may bill and that have no price: they are not in cost_usd.';
comment on column usage_sums.cost_usd is 'All that was charged, adjustments among it.';
comment on column usage_sums.estimated_cost_usd is 'Of cost_usd, what attempts with estimated tokens have cost.';
comment on column usage_sums.adjusted_cost_usd is 'Of cost_usd, what was charged for attempts whose end nobody told, less what was taken back of it.';
comment on column usage_sums.cache_saved_usd is 'What the answers from the cache had cost when a provider gave them.';
comment on column usage_sums.routing_saved_usd is
  'What attempts would have cost at the model that their caller named, less what they have cost; below zero where routing was dearer. Attempts that were made beside others (mirrors, and hedges whose answer was not taken) only cost.';
comment on column usage_sums.attempts_latency_ms is 'The sum over attempts: divided by attempts it is their mean.';

create table usage_quarter_hourly (
  quarter timestamptz not null,
  organisation_id text not null,
  team_id text,
  user_id text,
  key_id text,
  provider text not null,
  model text not null,
  like usage_sums including comments
);
create table usage_daily (
  day date not null,
  organisation_id text not null,
  team_id text,
  user_id text,
  key_id text,
  provider text not null,
  model text not null,
  like usage_sums including comments
);
-- A row of the ledger counts once for each of its tags, so sums over several tags say nothing.
create table usage_quarter_hourly_by_tag (
  quarter timestamptz not null,
  organisation_id text not null,
  tag text not null,
  provider text not null,
  model text not null,
  like usage_sums including comments
);
create table usage_daily_by_tag (
  day date not null,
  organisation_id text not null,
  tag text not null,
  provider text not null,
  model text not null,
  like usage_sums including comments
);
create table usage_quarter_hourly_by_end_user (
  quarter timestamptz not null,
  organisation_id text not null,
  end_user text not null,
  provider text not null,
  model text not null,
  like usage_sums including comments
);
create table usage_daily_by_end_user (
  day date not null,
  organisation_id text not null,
  end_user text not null,
  provider text not null,
  model text not null,
  like usage_sums including comments
);
drop table usage_sums;

comment on table usage_quarter_hourly is 'The ledger by quarter of an hour (UTC) and account.';
comment on table usage_daily is 'The ledger by day (of the organisation''s time zone) and account.';
comment on table usage_quarter_hourly_by_tag is 'The ledger by quarter of an hour (UTC) and tag: of rows without a tag there is nothing here.';
comment on table usage_daily_by_tag is 'The ledger by day (of the organisation''s time zone) and tag: of rows without a tag there is nothing here.';
comment on table usage_quarter_hourly_by_end_user is 'The ledger by quarter of an hour (UTC) and end user: of rows without one there is nothing here.';
comment on table usage_daily_by_end_user is 'The ledger by day (of the organisation''s time zone) and end user: of rows without one there is nothing here.';

create unique index usage_quarter_hourly_row
  on usage_quarter_hourly (quarter, organisation_id, team_id, user_id, key_id, provider, model) nulls not distinct;
create index usage_quarter_hourly_organisation on usage_quarter_hourly (organisation_id, quarter);
create index usage_quarter_hourly_team on usage_quarter_hourly (team_id, quarter) where team_id is not null;
create index usage_quarter_hourly_user on usage_quarter_hourly (user_id, quarter) where user_id is not null;
create index usage_quarter_hourly_key on usage_quarter_hourly (key_id, quarter) where key_id is not null;
create unique index usage_daily_row
  on usage_daily (organisation_id, day, team_id, user_id, key_id, provider, model) nulls not distinct;
create index usage_daily_day on usage_daily (day);
create unique index usage_quarter_hourly_by_tag_row
  on usage_quarter_hourly_by_tag (organisation_id, tag, quarter, provider, model);
create index usage_quarter_hourly_by_tag_quarter on usage_quarter_hourly_by_tag (quarter);
create unique index usage_daily_by_tag_row on usage_daily_by_tag (organisation_id, day, tag, provider, model);
create unique index usage_quarter_hourly_by_end_user_row
  on usage_quarter_hourly_by_end_user (organisation_id, end_user, quarter, provider, model);
create index usage_quarter_hourly_by_end_user_quarter on usage_quarter_hourly_by_end_user (quarter);
create unique index usage_daily_by_end_user_row
  on usage_daily_by_end_user (organisation_id, day, end_user, provider, model);

-- Whose rollups are to be computed anew. Whoever adds rows to the ledger adds what quarters they are in, in the same transaction
-- and as rows of its own: so no writer waits for another, and the worker removes only what it has seen.
create table dirty_quarters (
  id bigint generated always as identity primary key,
  quarter timestamptz not null
);
comment on table dirty_quarters is 'Quarters of an hour whose rollups do not have all rows of the ledger yet.';

-- One replica works at a time, and pauses for all of them.
create table rollup_worker (
  only_row boolean primary key default true check (only_row),
  due_at timestamptz not null default now(),
  computed_at timestamptz
);
insert into rollup_worker default values;
comment on column rollup_worker.computed_at is
  'The rollups have all that was in the ledger by then, but for dirty_quarters; NULL where they were never computed.';

-- The zones that the daily rollups were made in. The organisations themselves are the keys service's.
create table rollup_time_zones (
  organisation_id text primary key,
  time_zone text not null
);
comment on table rollup_time_zones is 'In which time zone the days of an organisation''s rollups are; UTC where there is no row.';
