-- What answers from the cache have saved beside money, and how like their question was.
alter table llm_usage_log
  add saved_input_tokens bigint, add saved_output_tokens bigint, add saved_ms double precision, add similarity double precision;
comment on column llm_usage_log.saved_input_tokens is 'Of an answer from the cache: the input that the kept answer had used.';
comment on column llm_usage_log.saved_output_tokens is 'The same of its output.';
comment on column llm_usage_log.saved_ms is 'Of an answer from the cache: how long the provider had taken for the kept one.';
comment on column llm_usage_log.similarity is 'Of a semantic answer from the cache: the cosine of the two questions.';

-- An older version adds rows without them.
alter table usage_quarter_hourly
  add cache_saved_tokens bigint not null default 0, add cache_saved_ms double precision not null default 0;
alter table usage_daily
  add cache_saved_tokens bigint not null default 0, add cache_saved_ms double precision not null default 0;
alter table usage_quarter_hourly_by_tag
  add cache_saved_tokens bigint not null default 0, add cache_saved_ms double precision not null default 0;
alter table usage_daily_by_tag
  add cache_saved_tokens bigint not null default 0, add cache_saved_ms double precision not null default 0;
alter table usage_quarter_hourly_by_end_user
  add cache_saved_tokens bigint not null default 0, add cache_saved_ms double precision not null default 0;
alter table usage_daily_by_end_user
  add cache_saved_tokens bigint not null default 0, add cache_saved_ms double precision not null default 0;
