import { createOrganisation } from '@weir/contracts/admin/organisations';
import { createTeam } from '@weir/contracts/admin/teams';
import { importKeys, listKeys, readKey } from '@weir/contracts/admin/virtual-keys';
import { virtualKeys } from '@weir/contracts/keys/verification';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startKeys, startServers, TestAdmin } from './harness.ts';

let servers: Awaited<ReturnType<typeof startServers>>;
let service: Awaited<ReturnType<typeof startKeys>>;
let admin: TestAdmin;

beforeAll(async () => {
  servers = await startServers();
  service = await startKeys({ nats: servers.nats, databaseUrl: servers.postgres.url });
  admin = new TestAdmin(service.bus);
  await admin.ask(createOrganisation, { id: 'acme', name: 'Acme' });
});

afterAll(async () => {
  await service.stop();
  await servers.close();
});

const actor = { organisation: 'acme' };
const namesOf = async () => (await admin.ask(listKeys, { limit: 500 }, actor)).data.map(({ name }) => name);

test('every line of CSV becomes a key of its own, in the order of the lines', async () => {
  const team = await admin.ask(createTeam, { name: 'shop' }, actor);
  const content = `name,team_id,tags\ncheckout,${team.id},web eu\n\ncheckout,,\n`;
  const reply = await admin.ask(importKeys, { format: 'csv', content }, actor);
  expect(reply).toMatchObject({ dry_run: false, errors: [], data: [{ line: 2 }, { line: 4 }] });
  const store = await service.bus.store(virtualKeys);
  for (const { id, key } of reply.data) {
    expect(admin.open(key)).toMatch(new RegExp(`^sk-weir-${id}-`));
    expect(store.get(id)?.value.organisation).toBe('acme');
  }
  expect(await admin.ask(readKey, { id: reply.data[0]?.id ?? '' })).toMatchObject({
    ...{ name: 'checkout', team_id: team.id, tags: ['web', 'eu'], organisation_id: 'acme' },
  });
});

describe('where a line is wrong', () => {
  const content = [
    { name: 'right' },
    { name: '' },
    { name: 'k', colour: 'red' },
    { name: 'k', team_id: 'nowhere' },
    { name: 'k', user_id: 'nobody' },
    { name: 'k', organisation_id: 'default' },
    { name: 'k', expires_at: '2020-01-01T00:00:00Z' },
    { name: 'k', custom_hosts: ['https://llm.example.com'] },
  ]
    .map((fields) => JSON.stringify(fields))
    .join('\n');

  test.each([false, true])(
    'each is told with its number, and none is made (dry run: %s)',
    async (dry_run) => {
      const before = await namesOf();
      const reply = await admin.ask(importKeys, { format: 'jsonl', content, dry_run }, actor);
      expect(reply).toEqual({
        dry_run,
        data: [],
        errors: [
          { line: 2, message: 'name must have at least 1 character.' },
          { line: 3, message: 'colour is not a known field.' },
          { line: 4, message: 'The organisation has no team of this id.' },
          { line: 5, message: 'The organisation has no user of this id.' },
          { line: 6, message: 'There is no organisation "default".' },
          { line: 7, message: 'expires_at is in the past.' },
          { line: 8, message: expect.stringContaining('custom_hosts[0] must be a host') as unknown },
        ],
      });
      expect(await namesOf()).toEqual(before);
    },
  );

  test('the idempotency key can be used for what is right', async () => {
    const ask = (name: string) =>
      admin.ask(
        importKeys,
        { format: 'jsonl', content: JSON.stringify({ name }), idempotencyKey: 'import' },
        actor,
      );
    expect((await ask('')).errors).toHaveLength(1);
    const [first, second] = [await ask('once'), await ask('once')];
    expect(second.data[0]?.id).toBe(first.data[0]?.id);
    expect(admin.open(second.data[0]?.key ?? '')).toBe(admin.open(first.data[0]?.key ?? ''));
  });
});

test('a dry run tells what would be made, and makes nothing', async () => {
  const before = await namesOf();
  const asked = { format: 'csv', content: 'name\none\ntwo', dry_run: true } as const;
  const reply = await admin.ask(importKeys, asked, actor);
  expect(reply).toMatchObject({ dry_run: true, errors: [] });
  expect(reply.data).toEqual([
    { line: 2, id: '', name: 'one', key: '' },
    { line: 3, id: '', name: 'two', key: '' },
  ]);
  expect(await namesOf()).toEqual(before);
});

test('a thousand keys are made in one transaction, and are in the bucket', async () => {
  const content = `name\n${'bulk\n'.repeat(1_000)}`;
  const { data } = await admin.ask(importKeys, { format: 'csv', content });
  expect(new Set(data.map(({ id }) => id)).size).toBe(1_000);
  const store = await service.bus.store(virtualKeys);
  expect(data.filter(({ id }) => !store.get(id))).toEqual([]);
});
