-- A webhook's URL may be a secret as its signing secret is: it is in the token alone, which has had it all along.
create function pg_temp.webhook_id(url text) returns text language sql immutable
  as $$ select left(encode(sha256(convert_to(url, 'UTF8')), 'hex'), 16) $$;
create function pg_temp.webhook_host(url text) returns text language sql immutable
  as $$ select coalesce(substring(url from '^[a-z]+://(?:[^/?#]*@)?([^/?#]+)'), '') $$;

-- From now on `[{"id", "host", "token", "master_key_id"}]`.
update user_budgets set webhooks = (
  select jsonb_agg(webhook - 'url' || jsonb_build_object(
    'id', pg_temp.webhook_id(webhook->>'url'), 'host', pg_temp.webhook_host(webhook->>'url')) order by place)
  from jsonb_array_elements(webhooks) with ordinality as listed (webhook, place)
) where webhooks <> '[]';

alter table webhook_calls add webhook_id text, add host text;
update webhook_calls set webhook_id = pg_temp.webhook_id(url), host = pg_temp.webhook_host(url);
alter table webhook_calls alter webhook_id set not null, alter host set not null, drop column url,
  add unique (event_id, webhook_id);
