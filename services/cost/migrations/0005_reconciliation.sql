-- Filters of GET /usage that no account narrows down. Values that are rare are found without reading all that lies between.
create index llm_usage_log_model on llm_usage_log (model, ts);
create index llm_usage_log_provider on llm_usage_log (provider, ts);
create index llm_usage_log_failed on llm_usage_log (outcome, ts) where outcome <> 'ok';
-- Charges of which reconciliation asks whether they have been corrected: a few rows.
create index llm_usage_log_expired on llm_usage_log (ts) where entry = 'expired';

-- One replica at a time compares ledger, rollups and counters, and each time goes on where the last one has ended.
create table reconciliation (
  only_row boolean primary key default true check (only_row),
  due_at timestamptz not null default now(),
  rounds bigint not null default 0,
  -- The scope whose counters were compared last.
  after_scope text not null default ''
);
insert into reconciliation default values;
comment on table reconciliation is 'When ledger, rollups and counters of budgets are compared next, and with what that goes on.';
