import {
  type CacheEntry,
  listCacheEntries,
  listCachePartitions,
  purgeCache,
  readCacheEntry,
  readCacheRules,
  writeCacheRules,
} from '@weir/contracts/admin/cache';
import { defaultCacheRule } from '@weir/contracts/cache/rules';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FakeGateway, Refusal, startFakeGateway } from './fake-gateway.ts';
import { weir } from './weir-process.ts';

let gateway: FakeGateway;
beforeEach(async () => {
  gateway = await startFakeGateway();
});
afterEach(() => gateway.close());

const run = (...args: string[]) => weir(['cache', ...args], gateway.environment);
const piped = (input: string, ...args: string[]) => weir(['cache', ...args], gateway.environment, input);
const fieldsSent = () => gateway.calls.map(({ fields }) => fields);

const id = 'e'.repeat(43);
const entry: CacheEntry = {
  ...{ id, organisation_id: 'acme', team_id: null, key_id: 'aaaaaaaa', namespace: 'faq' },
  ...{ model: 'gpt-5-mini', provider: 'openai', model_served: 'gpt-5-mini-2026-01-01', semantic: true },
  ...{ bytes: 512, hits: 3, cost_usd: '0.000123' },
  ...{ created_at: '2026-11-28T07:00:00Z', expires_at: '2026-11-29T07:00:00Z' },
};

test('rules go to a file and back, and say what a conflict means', async () => {
  const rules = [{ ...defaultCacheRule, name: 'faq', default: 'semantic' as const }];
  gateway.answer(readCacheRules, () => ({ rules, revision: 7, updated_at: '2026-11-28T07:00:00Z' }));
  gateway.answer(writeCacheRules, (given) => ({ rules: given.rules, revision: 8, updated_at: 'now' }));
  const { err, out } = await run('rules', 'show');
  expect(JSON.parse(out)).toEqual(rules);
  expect(err).toBe('Revision 7, of 2026-11-28T07:00:00Z.\n');
  const written = await piped(out, 'rules', 'set', '-', '--if-revision', '7');
  expect(written).toEqual({ code: 0, out: '1 rules are at revision 8\n', err: '' });
  expect(gateway.calls[1]).toMatchObject({ fields: { rules }, headers: { 'if-match': '"7"' } });
  gateway.answer(writeCacheRules, () => {
    throw new Refusal('revision_conflict');
  });
  const late = await piped(out, 'rules', 'set', '-', '--if-revision', '7');
  expect(late.err).toMatch(/ Read it again: weir cache rules show\n$/);
});

test('entries are a table, by what is asked for', async () => {
  gateway.answer(listCacheEntries, () => ({ data: [entry], has_more: false, next: null }));
  const args = ['--organisation', 'acme', '--key', 'aaaaaaaa', '--namespace', 'faq', '--model', 'gpt-5-mini'];
  const { err, out } = await run('entries', ...args);
  expect(err).toBe('');
  expect(out.split('\n')[1]).toMatch(
    new RegExp(
      `^${id}  acme  +aaaaaaaa  faq  +gpt-5-mini  openai  +yes  +3  +512  +0.000123  +2026-11-28T07:00:00Z`,
    ),
  );
  expect(fieldsSent()).toMatchObject([
    { organisation_id: 'acme', key_id: 'aaaaaaaa', namespace: 'faq', model: 'gpt-5-mini' },
  ]);
});

test('an entry is shown with what it says, and one that is not there with where to look', async () => {
  const completion = { id: 'chatcmpl-1', choices: [{ message: { content: 'Xin chào' } }] };
  const verdicts = { right: 5, wrong: 1 };
  gateway.answer(readCacheEntry, () => ({ ...entry, question: 'Chào bạn', completion, verdicts }));
  const { out } = await run('show', id);
  expect(out).toMatch(/^question +Chào bạn$/m);
  expect(out).toMatch(/^verdicts +right=5 wrong=1$/m);
  expect(JSON.parse(out.slice(out.indexOf('\n\n')))).toEqual(completion);
  gateway.answer(readCacheEntry, () => {
    throw new Refusal('not_found');
  });
  expect((await run('show', id)).err).toMatch(/ Those that there are: weir cache list\n$/);
});

test('a purge asks nothing, and says what it did', async () => {
  gateway.answer(purgeCache, ({ all }) => ({ purged: 12, complete: all !== true }));
  const named = ['--organisation', 'acme', '--team', 't1', '--key', 'aaaaaaaa', '--namespace', 'faq'];
  const { err, out } = await run('purge', ...named, '--model', 'm', '--older-than', '7d');
  expect({ err, out }).toEqual({ err: '', out: 'purged 12\n' });
  expect(await run('purge', '--all')).toEqual({
    code: 0,
    out: 'purged 12\n',
    err: 'The others are deleted in the background. None of them is served any more.\n',
  });
  expect(fieldsSent()).toEqual([
    {
      ...{ organisation_id: 'acme', team_id: 't1', key_id: 'aaaaaaaa', namespace: 'faq' },
      ...{ model: 'm', older_than_seconds: 604_800 },
    },
    { all: true },
  ]);
});

test('partitions tell how right their answers were', async () => {
  const partition = {
    ...{ id: 'p1', organisation_id: 'acme', model: 'gpt-5-mini', right: 90, wrong: 10 },
    ...{ status: 'stopped' as const, updated_at: '2026-11-28T07:00:00Z' },
  };
  gateway.answer(listCachePartitions, () => ({ data: [partition], has_more: false, next: null }));
  expect((await run('partitions')).out).toMatch(/^p1 +acme +gpt-5-mini +90 +10 +stopped/m);
});
