import { readFileSync } from 'node:fs';
import { cacheRuleListSchema, cacheRuleSchema, defaultCacheRule } from '@weir/contracts/cache/rules';
import { createMetrics } from '@weir/service-kit/metrics';
import { expect, test } from 'vitest';
import { CacheMetrics } from './cache-metrics.ts';
import { createJudgeAnswer } from './feedback/judge-answer.ts';

const page = readFileSync(new URL('../../../docs/cache.md', import.meta.url), 'utf8');

test('the rules on the page are rules', () => {
  const [, json = ''] = /```json\n([\s\S]*?)```/.exec(page) ?? [];
  expect(cacheRuleListSchema.parse(JSON.parse(json))).toHaveLength(2);
});

test('the page has every field of a rule, and of a match', () => {
  const fields = Object.keys(cacheRuleSchema.shape).filter((field) => field !== 'match');
  expect(fields.filter((field) => !page.includes(`\`${field}\``))).toEqual([]);
  const { match } = cacheRuleSchema.shape;
  const matched = Object.keys(match.unwrap().shape).join(', ');
  expect(page).toContain(`match.{${matched}}`);
  expect(defaultCacheRule).toMatchObject({ default: 'off', allow: 'semantic', accuracy_target: 0.97 });
});

test('the page has every metric of the cache, and no other', async () => {
  const metrics = createMetrics('cache');
  new CacheMetrics(metrics);
  const unused = () => Promise.reject(new Error('nobody asks'));
  const parts = { served: { find: unused }, entries: { delete: unused }, redis: { run: unused } };
  createJudgeAnswer({ ...parts, recordVerdict: unused, metrics });
  const exposed = (await metrics.expose()).match(/^# TYPE (weir_cache_\w+)/gm) ?? [];
  const there = new Set(exposed.map((line) => line.replace('# TYPE ', '')));
  const said = new Set(page.match(/weir_cache_\w+/g));
  expect([...said].sort()).toEqual([...there].sort());
});
