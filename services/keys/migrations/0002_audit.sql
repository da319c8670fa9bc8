create table audit_log (
  -- Without a gap: a number that is missing was removed.
  seq bigint primary key,
  -- The event's: what comes twice is entered once.
  event_id text not null unique,
  at timestamptz not null,
  organisation_id text,
  actor_id text not null,
  actor_address text not null,
  action text not null,
  target_kind text not null,
  target_id text not null,
  -- JSON as it was entered: the hash is over these very characters.
  before text,
  after text,
  request_id text not null,
  -- HMAC-SHA-256 over the entry's canonical text and the hash of the one before, in hex.
  hash text not null
);
create index audit_log_organisation on audit_log (organisation_id, seq);
create index audit_log_target on audit_log (target_id, seq);

-- The last entry. Its lock puts entries in order, and it tells where entries at the end were removed.
create table audit_head (
  only_row boolean primary key default true check (only_row),
  seq bigint not null,
  hash text not null
);
insert into audit_head (seq, hash) values (0, '');

-- Nobody changes an entry by mistake. Who owns the table can lift this, and is found by the hashes.
create function refuse_audit_change() returns trigger language plpgsql as $$
begin
  raise exception 'the audit log is append-only';
end
$$;
create trigger audit_log_append_only before update or delete on audit_log
  for each row execute function refuse_audit_change();
create trigger audit_log_no_truncate before truncate on audit_log
  for each statement execute function refuse_audit_change();
