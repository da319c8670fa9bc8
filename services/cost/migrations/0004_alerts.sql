-- Calls of webhooks: each until it has succeeded, or was given up, and for some days after, so that none is made twice.
create table webhook_calls (
  id bigint primary key generated always as identity,
  -- Of the alert.
  event_id text not null,
  -- Of the budget that has the webhook's secret.
  scope_key text not null,
  url text not null,
  -- What is sent.
  body text not null,
  attempts integer not null default 0,
  created_at timestamptz not null,
  -- When it is made next. While it is being made, when somebody else is to make it, since whoever makes it has died.
  due_at timestamptz not null,
  ended_at timestamptz,
  unique (event_id, url)
);
create index webhook_calls_due on webhook_calls (due_at) where ended_at is null;
create index webhook_calls_ended on webhook_calls (ended_at) where ended_at is not null;
