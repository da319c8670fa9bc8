import { expect, test } from 'vitest';
import { attemptMade } from './usage-events.ts';

/** As routers published it before there were virtual keys. */
const withoutCaller = {
  requestId: '0193f0c0-0000-7000-8000-000000000000',
  attempt: 1,
  tenant: 'default',
  startedAtMs: 1_764_000_000_000,
  latencyMs: 812.4,
  provider: 'openai',
  model: 'gpt-5-mini',
  modelAsked: 'gpt-5-mini',
  credential: '0f2c10bf',
  purpose: 'first',
  outcome: 'ok',
  maybeBilled: true,
  streamed: false,
  usage: {
    uncachedInputTokens: 12,
    cacheReadTokens: 0,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    audioInputTokens: 0,
    imageInputTokens: 0,
    outputTokens: 3,
    reasoningTokens: 0,
    audioOutputTokens: 0,
    webSearchRequests: 0,
    modelServed: 'gpt-5-mini',
    source: 'provider',
  },
};

test('an attempt that an older router has reported is understood', () => {
  expect(attemptMade.data.parse(withoutCaller)).toMatchObject(withoutCaller);
});

test("an attempt of a virtual key's says whose it is", () => {
  const caller = { keyId: 'abcd1234', teamId: 'search', userId: 'ana', tags: ['batch'] };
  expect(attemptMade.data.parse({ ...withoutCaller, ...caller })).toMatchObject(caller);
});
