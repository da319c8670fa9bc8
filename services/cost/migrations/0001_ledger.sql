-- The ledger: what every attempt at a provider has used and cost. Rows are added and never changed; a correction is a new row.
create table llm_usage_log (
  ts timestamptz not null,
  request_id text not null,
  attempt integer not null,
  entry text not null check (entry in ('attempt', 'cache_hit', 'expired', 'corrected')),

  organisation_id text not null,
  team_id text,
  user_id text,
  key_id text,
  tags text[] not null default '{}',
  end_user text,

  provider text not null,
  model text not null,
  model_asked text not null,
  model_served text,
  service_tier text,
  config text,
  path text,
  credential text,
  purpose text,
  outcome text not null,
  maybe_billed boolean not null,
  streamed boolean not null default false,
  latency_ms double precision,
  first_content_ms double precision,

  requests smallint not null,
  uncached_input_tokens bigint not null default 0,
  cache_read_tokens bigint not null default 0,
  cache_write_5m_tokens bigint not null default 0,
  cache_write_1h_tokens bigint not null default 0,
  audio_input_tokens bigint not null default 0,
  image_input_tokens bigint not null default 0,
  output_tokens bigint not null default 0,
  reasoning_tokens bigint not null default 0,
  audio_output_tokens bigint not null default 0,
  web_search_requests bigint not null default 0,
  total_tokens bigint not null,
  usage_source text not null check (usage_source in ('provider', 'estimated', 'missing', 'cache')),

  cost_usd numeric(20, 9),
  price_id text,
  asked_model_cost_usd numeric(20, 9),
  cache_tier text,
  saved_usd numeric(20, 9),
  metadata jsonb,

  stream_sequence bigint,
  entered_at timestamptz not null default now(),
  primary key (ts, request_id, attempt, entry)
) partition by range (ts);

-- Sums of an account's costs over a time are read from these indexes alone.
create index llm_usage_log_key on llm_usage_log (key_id, ts) include (cost_usd) where key_id is not null;
create index llm_usage_log_user on llm_usage_log (user_id, ts) include (cost_usd) where user_id is not null;
create index llm_usage_log_organisation on llm_usage_log (organisation_id, ts) include (cost_usd);
create index llm_usage_log_end_user on llm_usage_log (organisation_id, end_user, ts) include (cost_usd) where end_user is not null;
-- The second column finds what has been entered lately.
create index llm_usage_log_time on llm_usage_log using brin (ts, entered_at) with (autosummarize = on);

-- The service makes a partition for each month, ahead of it. What falls in here has none, and raises an alarm.
create table llm_usage_log_default partition of llm_usage_log default;

comment on table llm_usage_log is
  'One row for each attempt at a provider, each answer from the cache, each charge of an attempt whose end nobody told, and each correction of such a charge. sum(cost_usd) over any rows is what they cost.';
comment on column llm_usage_log.ts is 'When the attempt began, or the request that the cache answered. It decides which day or month the row belongs to.';
comment on column llm_usage_log.request_id is 'The gateway''s own id of the request, which its caller has as x-request-id.';
comment on column llm_usage_log.attempt is 'From 1, in the order in which the attempts of a request began; 0 for an answer from the cache.';
comment on column llm_usage_log.entry is
  'attempt: a provider was asked. cache_hit: no provider was asked. expired: nobody told how the attempt ended, and all that was held for it is charged. corrected: the same amount below zero, since its usage came after all as a row of its own.';
comment on column llm_usage_log.tags is 'Those of the virtual key.';
comment on column llm_usage_log.end_user is 'Whom the caller named in the request''s "user".';
comment on column llm_usage_log.provider is 'Who was asked; of a cache_hit, who had answered what was kept.';
comment on column llm_usage_log.model is 'The model''s name at the provider.';
comment on column llm_usage_log.model_asked is 'The model that the caller named.';
comment on column llm_usage_log.model_served is 'The model that answered, by the name that the provider gives it.';
comment on column llm_usage_log.service_tier is 'The tier that served the attempt, which may not be the one asked for.';
comment on column llm_usage_log.config is 'The routing config: its name, or inline.';
comment on column llm_usage_log.path is 'Where the target stands in the routing config.';
comment on column llm_usage_log.credential is 'Which of the provider''s real keys was used: the beginning of its fingerprint, or its id.';
comment on column llm_usage_log.purpose is 'Why the attempt was made: first, retry, fallback, hedge, continuation or mirror.';
comment on column llm_usage_log.outcome is 'ok, the code of the failure, or cancelled where another attempt''s answer was taken.';
comment on column llm_usage_log.maybe_billed is 'Whether the provider may bill it.';
comment on column llm_usage_log.requests is
  'sum(requests) is the number of requests: 1 for the first attempt of a request, for an answer from the cache and for a first attempt that expired, -1 for the correction of that, else 0.';
comment on column llm_usage_log.uncached_input_tokens is 'Input at the full rate. The parts of the input do not overlap.';
comment on column llm_usage_log.output_tokens is 'All output but audio, reasoning_tokens among it.';
comment on column llm_usage_log.total_tokens is 'Input and output; below zero for a correction.';
comment on column llm_usage_log.usage_source is
  'Who counted the tokens: the provider; the gateway, by what it saw (estimated); nobody, since nothing can have been used (missing); or nothing was used, since the cache answered (cache).';
comment on column llm_usage_log.cost_usd is
  'US dollars by the table of prices. NULL: the provider may bill it, and the model has no price. It is never 0 for want of a price.';
comment on column llm_usage_log.price_id is 'The entry of the table of prices that it was charged by.';
comment on column llm_usage_log.asked_model_cost_usd is
  'What the same usage would have cost at the model that the caller named; NULL where that has no price.';
comment on column llm_usage_log.cache_tier is 'Of an answer from the cache: exact or semantic.';
comment on column llm_usage_log.saved_usd is 'Of an answer from the cache: what the kept answer had cost.';
comment on column llm_usage_log.metadata is 'The caller''s own words for its request, with the first of its attempts.';
comment on column llm_usage_log.stream_sequence is 'The message of the JetStream stream WEIR_USAGE that brought it; NULL for a replayed dead letter.';
comment on column llm_usage_log.entered_at is 'When the row was written, a little after the attempt had ended.';
comment on table llm_usage_log_default is 'Rows of months that have no partition of their own. It should be empty.';

-- Months whose rows were removed since they are older than what is kept: their rollups stay, and the months are not made again.
create table dropped_usage_months (
  month date primary key,
  dropped_at timestamptz not null default now()
);
comment on table dropped_usage_months is
  'Months that were removed from llm_usage_log (WEIR_USAGE_RETENTION_MONTHS). What still comes for them is in llm_usage_log_default, and in no rollup.';

-- Makes the partition of a month (its first day, in UTC) and moves the month's rows there, which have fallen into the default one.
-- Answers whether the month has a partition now; one that was dropped is not made again.
create function add_usage_month(month date) returns boolean language plpgsql as $$
declare
  partition text := 'llm_usage_log_' || to_char(month, 'YYYY_MM');
  from_time timestamptz := month::timestamp at time zone 'UTC';
  to_time timestamptz := (month + interval '1 month') at time zone 'UTC';
begin
  perform pg_advisory_xact_lock(hashtextextended('weir.cost.usage-months', 0));
  if exists (select from dropped_usage_months dropped where dropped.month = add_usage_month.month) then
    return false;
  end if;
  if to_regclass(partition) is not null then
    return true;
  end if;
  lock table llm_usage_log_default in access exclusive mode;
  execute format('create table %I (like llm_usage_log including defaults including constraints including comments)', partition);
  execute format(
    'with moved as (delete from llm_usage_log_default where ts >= %L and ts < %L returning *) insert into %I select * from moved',
    from_time, to_time, partition);
  execute format('alter table llm_usage_log attach partition %I for values from (%L) to (%L)', partition, from_time, to_time);
  return true;
end
$$;

-- Removes the rows of a month. Answers false, and does nothing, while its rollups do not have all of them yet.
create function drop_usage_month(month date) returns boolean language plpgsql as $$
declare
  partition text := 'llm_usage_log_' || to_char(month, 'YYYY_MM');
begin
  -- Whoever writes to the ledger waits as long as this does.
  perform set_config('lock_timeout', '1s', true);
  perform pg_advisory_xact_lock(hashtextextended('weir.cost.usage-months', 0));
  lock table llm_usage_log in access exclusive mode;
  if exists (
    select from dirty_quarters
    where quarter >= month::timestamp at time zone 'UTC' and quarter < (month + interval '1 month') at time zone 'UTC'
  ) then
    return false;
  end if;
  execute format('drop table if exists %I', partition);
  insert into dropped_usage_months (month) values (month) on conflict do nothing;
  return true;
end
$$;

-- How far each of the ledger's consumers was when it was last looked at, to tell afterwards whether the stream has discarded what it had not read.
create table ledger_positions (
  consumer text primary key,
  stream_created_at text not null,
  settled_sequence bigint not null,
  discarded_messages bigint not null default 0,
  checked_at timestamptz not null default now()
);
comment on column ledger_positions.settled_sequence is 'All events up to this message of the stream are in the ledger, or kept as dead letters.';
comment on column ledger_positions.discarded_messages is
  'Messages that the stream may have discarded before the ledger had them, since it was full (WEIR_USAGE_STREAM_MAX_BYTES). Above 0 the ledger is not complete.';
