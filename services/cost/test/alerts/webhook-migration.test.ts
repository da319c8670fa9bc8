import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createTestDatabase } from '@weir/testkit/servers/test-database';
import { Client } from 'pg';
import { expect, test } from 'vitest';

const migration = (name: string) =>
  readFile(new URL(`../../migrations/${name}.sql`, import.meta.url), 'utf8');

test('webhooks that were there before their URLs were hidden keep their order, secrets and calls', async () => {
  const database = await createTestDatabase();
  const client = new Client({ connectionString: database.url });
  await client.connect();
  try {
    for (const name of ['0003_budgets', '0004_alerts']) await client.query(await migration(name));
    const urls = ['https://hooks.slack.com/services/T0/secret', 'http://a:b@[::1]:8080?x=/@'];
    const webhooks = urls.map((each) => ({ url: each, token: `token of ${each}`, master_key_id: 'k' }));
    await client.query(
      "insert into user_budgets (key, kind, id, webhooks) values ('key.a', 'key', 'a', $1)",
      [JSON.stringify(webhooks)],
    );
    await client.query(
      "insert into webhook_calls (event_id, scope_key, url, body, created_at, due_at) values ('e', 'key.a', $1, '', now(), now())",
      [urls[0]],
    );
    await client.query(await migration('0006_webhook_ids'));
    const idOf = (each: string) => createHash('sha256').update(each).digest('hex').slice(0, 16);
    const { rows } = await client.query('select webhooks from user_budgets order by key');
    expect(rows).toEqual([
      { webhooks: [] },
      {
        webhooks: urls.map((each, index) => ({
          ...{ id: idOf(each), host: ['hooks.slack.com', '[::1]:8080'][index] },
          ...{ token: `token of ${each}`, master_key_id: 'k' },
        })),
      },
    ]);
    const calls = await client.query('select * from webhook_calls');
    expect(calls.rows).toMatchObject([{ webhook_id: idOf(urls[0] ?? ''), host: 'hooks.slack.com' }]);
    expect(JSON.stringify(calls.rows)).not.toContain('secret');
  } finally {
    await client.end();
    await database.close();
  }
});
