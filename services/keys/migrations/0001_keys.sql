-- The secret that the installation was made with, encrypted. All its other keys are derived from it.
create table installation (
  only_row boolean primary key default true check (only_row),
  secret text not null,
  master_key_id text not null
);

create table organisations (
  id text primary key,
  name text not null,
  status text not null default 'active' check (status in ('active', 'suspended')),
  time_zone text not null default 'UTC',
  allowed_models text[],
  allowed_providers text[],
  allowed_configs text[],
  inline_configs boolean not null default true,
  custom_hosts text[],
  revision integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

-- The ids of those that were deleted are not given again, since usage and the audit log go on to name them.
create table deleted_organisations (
  id text primary key,
  name text not null,
  deleted_at timestamptz not null default now()
);

create table teams (
  id text primary key,
  organisation_id text not null constraint teams_organisation references organisations (id),
  name text not null,
  status text not null default 'active' check (status in ('active', 'suspended')),
  revision integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  -- So that a key cannot name another organisation's.
  unique (organisation_id, id),
  constraint teams_name unique (organisation_id, name)
);

create table users (
  id text primary key,
  organisation_id text not null constraint users_organisation references organisations (id),
  name text not null,
  email text,
  status text not null default 'active' check (status in ('active', 'suspended')),
  revision integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (organisation_id, id)
);
create unique index users_email on users (organisation_id, lower(email)) where email is not null;

-- A deleted key stays, so that its id is never given again and the usage that names it can be explained.
create table virtual_keys (
  id text primary key check (id ~ '^[a-z0-9]{8}$'),
  organisation_id text not null,
  team_id text,
  user_id text,
  name text not null,
  allowed_models text[],
  allowed_providers text[],
  allowed_configs text[],
  inline_configs boolean not null default false,
  custom_hosts text[],
  config text,
  guardrail_policy text,
  allowed_addresses text[],
  metadata jsonb not null default '{}',
  tags text[] not null default '{}',
  expires_at timestamptz,
  revoked_at timestamptz,
  deleted_at timestamptz,
  revision integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  -- Null once the key can never be used again: it holds up the deletion of nothing then, and its columns still tell whose it was.
  live_organisation_id text generated always as
    (case when revoked_at is null and deleted_at is null then organisation_id end) stored,
  constraint virtual_keys_organisation foreign key (live_organisation_id) references organisations (id),
  constraint virtual_keys_team foreign key (live_organisation_id, team_id) references teams (organisation_id, id),
  constraint virtual_keys_user foreign key (live_organisation_id, user_id) references users (organisation_id, id)
);
create index virtual_keys_live on virtual_keys (live_organisation_id) where live_organisation_id is not null;
create index virtual_keys_organisation on virtual_keys (organisation_id, id) where deleted_at is null;
create index virtual_keys_team on virtual_keys (team_id) where team_id is not null;
create index virtual_keys_user on virtual_keys (user_id) where user_id is not null;
create index virtual_keys_tags on virtual_keys using gin (tags);

-- What a key is accepted by: HMACs, never the secret itself.
create table virtual_key_secrets (
  virtual_key_id text not null references virtual_keys (id),
  -- From 1; the highest is the newest.
  version integer not null,
  digest text not null,
  verification_key_id text not null,
  last_four text not null,
  created_at timestamptz not null default now(),
  -- The end of a rotation's grace period; null for the newest.
  valid_until timestamptz,
  primary key (virtual_key_id, version)
);
create index virtual_key_secrets_ended on virtual_key_secrets (valid_until) where valid_until is not null;

-- What is still to be written to the buckets that others follow: deleted once it is.
create table outbox (
  kind text not null,
  id text not null,
  -- Grows whenever it is asked for again.
  request bigint generated always as identity,
  primary key (kind, id)
);

-- What was answered to a request that may be sent again. The reply is encrypted, since it may hold a new key.
create table idempotency_keys (
  actor text not null,
  idempotency_key text not null,
  request_digest text not null,
  reply text,
  created_at timestamptz not null default now(),
  primary key (actor, idempotency_key)
);
create index idempotency_keys_age on idempotency_keys (created_at);
