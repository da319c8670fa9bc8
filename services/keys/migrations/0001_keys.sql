-- The secret that the installation was made with: the key of the HMACs in which secrets are kept, encrypted.
create table installation (
  only_row boolean primary key default true check (only_row),
  verification_key text not null,
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

create table teams (
  id text primary key,
  organisation_id text not null references organisations (id),
  name text not null,
  status text not null default 'active' check (status in ('active', 'suspended')),
  revision integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  -- So that a key cannot name another organisation's.
  unique (organisation_id, id),
  unique (organisation_id, name)
);

create table users (
  id text primary key,
  organisation_id text not null references organisations (id),
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
  organisation_id text not null references organisations (id),
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
  foreign key (organisation_id, team_id) references teams (organisation_id, id),
  foreign key (organisation_id, user_id) references users (organisation_id, id)
);
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
