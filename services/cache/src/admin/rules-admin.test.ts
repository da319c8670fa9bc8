import { readCacheRules, writeCacheRules } from '@weir/contracts/admin/cache';
import { changeMade } from '@weir/contracts/audit-events';
import { cacheRules, defaultCacheRule } from '@weir/contracts/cache/rules';
import type { DataOf } from '@weir/contracts/descriptors';
import { createChangeLog } from '@weir/service-kit/admin/change-log';
import { FakeClock } from '@weir/testkit/fake-clock';
import { MemoryStore } from '@weir/testkit/memory-store';
import { servedFunctions } from '@weir/testkit/served-functions';
import { expect, test } from 'vitest';
import { createRulesAdmin } from './rules-admin.ts';

const actor = { id: 'env', address: '192.0.2.1', sealingKey: 'X' };

function rulesAdmin(store = new MemoryStore(cacheRules)) {
  const changes: DataOf<typeof changeMade>[] = [];
  const publishDurable = (_event: unknown, data: unknown) => {
    changes.push(changeMade.data.parse(data));
  };
  const clock = new FakeClock();
  const admin = createRulesAdmin({
    store,
    clock,
    changeLog: createChangeLog({ bus: { publishDurable }, clock }),
  });
  const { serve, callOf } = servedFunctions(actor);
  serve(readCacheRules, admin.read);
  serve(writeCacheRules, admin.write);
  const write = callOf(writeCacheRules);
  return {
    store,
    clock,
    changes,
    read: () => callOf(readCacheRules)({}),
    /** As the ingress does, which has parsed the rules. */
    write: (rules: object[], expectedRevision?: number | 'none' | 'any') =>
      write(writeCacheRules.request.parse({ rules, expectedRevision })),
  };
}

test('before anybody has written rules there are none, and they have no time', async () => {
  expect(await rulesAdmin().read()).toEqual({ rules: [], revision: 0, updated_at: null });
});

test('rules are shown with every field, also those that were not given', async () => {
  const { clock, read, write } = rulesAdmin();
  const written = await write([{ name: 'faq', default: 'exact', match: { models: ['gpt-5*'] } }]);
  expect(written).toEqual({
    rules: [{ ...defaultCacheRule, name: 'faq', default: 'exact', match: { models: ['gpt-5*'] } }],
    revision: 1,
    updated_at: new Date(clock.nowMs()).toISOString(),
  });
  expect(await read()).toEqual(written);
});

test('of two who change the same rules one is refused', async () => {
  const { read, write } = rulesAdmin();
  const { revision } = await write([{ name: 'one' }], 'none');
  await write([{ name: 'two' }], revision);
  await expect(write([{ name: 'three' }], revision)).rejects.toMatchObject({ code: 'revision_conflict' });
  await expect(write([], 'none')).rejects.toMatchObject({ code: 'revision_conflict' });
  expect((await read()).rules.map(({ name }) => name)).toEqual(['two']);
});

test('each change of the rules is told to the audit log with what they were, and a refused one is not', async () => {
  const { changes, write } = rulesAdmin();
  await write([{ name: 'one' }]);
  await write([]);
  await expect(write([{ name: 'two' }], 7)).rejects.toMatchObject({ code: 'revision_conflict' });
  const one = { rules: [{ ...defaultCacheRule, name: 'one' }] };
  const common = {
    action: 'cache-rules.write',
    organisation: null,
    target: { kind: 'cache-rules', id: 'rules' },
  };
  expect(changes).toMatchObject([
    { ...common, before: null, after: one, actor: { id: 'env' } },
    { ...common, before: one, after: { rules: [] } },
  ]);
});

test('rules as an older version has written them are read with the defaults of this one', async () => {
  const store = new MemoryStore(cacheRules);
  store.putRaw('rules', JSON.stringify({ rules: [{ name: 'old', default: 'exact' }], updatedAtMs: 0 }));
  expect((await rulesAdmin(store).read()).rules).toEqual([
    { ...defaultCacheRule, name: 'old', default: 'exact' },
  ]);
});
