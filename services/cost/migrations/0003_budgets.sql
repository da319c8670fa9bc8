-- Of every change of a budget, so that no revision comes twice, not even of a scope that was deleted and made again.
create sequence user_budgets_revision as integer;

-- The limits of each scope: what may be used. How much of it is used is counted elsewhere.
create table user_budgets (
  -- The scope's key in the bucket `spending-limits`.
  key text primary key,
  kind text not null,
  id text not null,
  -- Whose scope it is; null for the installation.
  organisation_id text,
  limits jsonb not null default '[]',
  contact text,
  -- Where its alerts go: `[{"url", "token", "master_key_id"}]`, each token a Fernet token of `{"scope", "url", "secret"}`.
  webhooks jsonb not null default '[]',
  revision integer not null default nextval('user_budgets_revision'),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  -- The order of lists.
  place integer not null generated always as identity unique
);
create index user_budgets_organisation on user_budgets (organisation_id, place);

-- The installation's is always there: its entry in the bucket says that all others are.
insert into user_budgets (key, kind, id) values ('installation.all', 'installation', 'all');

-- What is still to be written to the bucket: deleted once it is.
create table outbox (
  kind text not null,
  id text not null,
  -- Grows whenever it is asked for again.
  request bigint generated always as identity,
  primary key (kind, id)
);
