-- Usage that cannot be is told apart: what the provider claims, beside what is charged.
alter table llm_usage_log add claimed_tokens bigint;
comment on column llm_usage_log.claimed_tokens is
  'Input and output that the provider claims, where the request cannot have used them: the other figures are then estimated. Else null.';

-- An older version adds rows without them.
alter table usage_quarter_hourly add suspect_attempts bigint not null default 0;
alter table usage_daily add suspect_attempts bigint not null default 0;
alter table usage_quarter_hourly_by_tag add suspect_attempts bigint not null default 0;
alter table usage_daily_by_tag add suspect_attempts bigint not null default 0;
alter table usage_quarter_hourly_by_end_user add suspect_attempts bigint not null default 0;
alter table usage_daily_by_end_user add suspect_attempts bigint not null default 0;
