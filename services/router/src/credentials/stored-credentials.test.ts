import { providerCredentials } from '@weir/contracts/keys/credentials';
import { MemoryStore } from '@weir/testkit/memory-store';
import { expect, test } from 'vitest';
import { aBucketEntry } from '../../test/stored-keys.ts';
import { StoredCredentials } from './stored-credentials.ts';

function follow() {
  const store = new MemoryStore(providerCredentials);
  const credentials = new StoredCredentials({ store });
  return { store, credentials, ids: (owner?: string) => credentials.of(owner).map(({ id }) => id) };
}

test('credentials that come, change and go are followed, each by its owner and by name', async () => {
  const { store, credentials, ids } = follow();
  expect(credentials.isEmpty).toBe(true);
  const changes: string[] = [];
  credentials.onChange((id) => changes.push(id));
  await store.put('1', aBucketEntry({ name: 'b' }));
  await store.put('2', aBucketEntry({ name: 'a' }));
  await store.put('3', aBucketEntry({ name: 'a', organisation: 'acme' }));
  expect(ids()).toEqual(['2', '1']);
  expect(ids('acme')).toEqual(['3']);
  expect([...credentials.organisations]).toEqual(['acme']);
  await store.put('3', aBucketEntry({ name: 'a', organisation: 'acme', enabled: false }));
  await store.delete('1');
  expect(ids()).toEqual(['2']);
  expect(ids('acme')).toEqual([]);
  expect(credentials.get('3')).toBeUndefined();
  expect(changes).toEqual(['1', '2', '3', '3', '1']);
});

test("an organisation's credential that cannot be read stays its own: nothing else takes its place", async () => {
  const { store, credentials, ids } = follow();
  await store.put('1', aBucketEntry({ organisation: 'acme' }));
  store.putRaw('1', 'garbage');
  store.putRaw('2', JSON.stringify({ ...aBucketEntry({ organisation: 'globex' }), only_for: ['gpt-*'] }));
  for (const [id, owner] of [
    ['1', 'acme'],
    ['2', 'globex'],
  ] as const) {
    expect(ids(owner)).toEqual([id]);
    expect(credentials.get(id)?.fault).toMatchObject({ code: 'stored_entry_unreadable' });
  }
  credentials.assertKnown();
  await store.put('1', aBucketEntry({ organisation: 'acme' }));
  expect(credentials.get('1')?.fault).toBeUndefined();
  store.putRaw('2', JSON.stringify({ ...aBucketEntry({ enabled: false }), only_for: ['gpt-*'] }));
  expect(ids('globex')).toEqual([]);
});

test('a router that starts with a credential of which it cannot tell whose it is answers nobody', async () => {
  const store = new MemoryStore(providerCredentials);
  store.putRaw('1', '{"name":"x"}');
  const credentials = new StoredCredentials({ store });
  const unreadable = expect.objectContaining({ code: 'stored_entry_unreadable' }) as Error;
  expect(() => {
    credentials.assertKnown();
  }).toThrow(unreadable);
  await store.put('1', aBucketEntry());
  credentials.assertKnown();
  // Nobody was ever answered with it.
  store.putRaw('2', 'garbage');
  credentials.assertKnown();
  expect(credentials.get('2')).toBeUndefined();
});

test('a replaced key is another credential to health, and the same in every replica', async () => {
  const { store, credentials } = follow();
  const replica = new StoredCredentials({ store });
  await store.put('1', aBucketEntry());
  const first = credentials.get('1');
  expect(replica.get('1')).toEqual(first);
  await store.put('1', aBucketEntry({ version: 2 }));
  expect(credentials.get('1')?.digest).not.toBe(first?.digest);
});
