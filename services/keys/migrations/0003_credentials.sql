-- Providers' real keys, encrypted: a Fernet token of {"id", "key"}, so that a token is good in its own row alone.
create table provider_keys (
  id text primary key,
  -- Null for everybody's.
  organisation_id text constraint provider_keys_organisation references organisations (id),
  name text not null,
  provider text not null,
  enabled boolean not null default true,
  token text not null,
  master_key_id text not null,
  last_four text not null,
  -- Grows when the real key is replaced.
  version integer not null default 1,
  revision integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index provider_keys_name on provider_keys (coalesce(organisation_id, ''), name);
create index provider_keys_master_key on provider_keys (master_key_id);

create table admin_keys (
  id text primary key check (id ~ '^[a-z0-9]{8}$'),
  name text not null,
  scopes text[] not null,
  -- The one that it reaches; null for all of them.
  organisation_id text,
  digest text not null,
  verification_key_id text not null,
  last_four text not null,
  expires_at timestamptz,
  deleted_at timestamptz,
  created_at timestamptz not null default now(),
  -- Null once it is deleted: then it does not hold up the deletion of its organisation.
  live_organisation_id text generated always as (case when deleted_at is null then organisation_id end) stored,
  constraint admin_keys_organisation foreign key (live_organisation_id) references organisations (id)
);
