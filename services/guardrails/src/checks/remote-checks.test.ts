import { createHmac } from 'node:crypto';
import { checkSchema } from '@weir/contracts/guardrails/policy';
import { Fault } from '@weir/service-kit/fault';
import type { GuardedRequest } from '@weir/service-kit/outbound/guarded-fetch';
import { HostPolicy } from '@weir/service-kit/outbound/host-policy';
import { FakeClock } from '@weir/testkit/fake-clock';
import { describe, expect, it } from 'vitest';
import { checkContext, messageText } from '../../test/checked-texts.ts';
import type { CheckContext, ScreenedText } from '../domain/check.ts';
import { createCheck } from './create-check.ts';

const nowMs = 1_800_000_000_000;
const canary = 'lan@example.com';
const texts = [messageText(`first ${canary}`), messageText('second')];

interface Sent extends GuardedRequest {
  readonly url: string;
}

/** A check whose endpoint answers so, and what it was sent. */
function asking(fields: object, answer: unknown, status = 200) {
  const sent: Sent[] = [];
  const check = createCheck(checkSchema.parse(fields), {
    fetch: (url, request = {}) => {
      sent.push({ ...request, url: url.toString() });
      const body = typeof answer === 'string' ? answer : JSON.stringify(answer);
      return Promise.resolve(new Response(body, { status }));
    },
    judgeJson: () => Promise.resolve(undefined),
    classify: (model) => Promise.resolve([{ [model]: 0.9, OK: 1 }, { toxic: 0.2 }]),
    hostPolicy: new HostPolicy([]),
    clock: new FakeClock(nowMs),
  });
  if (check.kind !== 'whole') throw new Error('it judges spans');
  const judge = async (of: readonly ScreenedText[] = texts, context: Partial<CheckContext> = {}) =>
    check.check(of, checkContext(context));
  return { sent, judge, check };
}

const webhook = {
  type: 'webhook',
  url: 'https://checks.example.com/weir?v=1',
  secret: 'a secret of the policy',
  headers: { 'x-tenant': 'acme' },
};
const openai = { type: 'moderation', engine: 'openai', api_key: 'sk-1' };
const http = { type: 'moderation', engine: 'http', url: 'https://moderation.example.com/rate' };

describe('a webhook', () => {
  it('is sent the texts and what they are of, and a signature by which it knows who sends them', async () => {
    const { judge, sent } = asking(webhook, { verdict: true });
    expect(await judge()).toEqual([]);
    const [{ body, headers, url }] = sent as [Sent];
    expect(url).toBe(webhook.url);
    expect(JSON.parse(String(body))).toEqual({
      ...{ request_id: 'r-1', organisation: 'acme', direction: 'input', request_type: 'chat' },
      texts: texts.map(({ path, role, text }) => ({ path, role, text })),
    });
    const digest = createHmac('sha256', webhook.secret)
      .update(`${nowMs / 1_000}.${String(body)}`)
      .digest('hex');
    expect(headers).toMatchObject({
      'x-tenant': 'acme',
      'weir-signature': `t=${nowMs / 1_000},v1=${digest}`,
    });
  });

  it('says no to all, or to some of the texts', async () => {
    expect(await asking(webhook, { verdict: false }).judge()).toEqual([
      { rule: 'verdict', score: 1, action: 'deny' },
    ]);
    const some = asking({ ...webhook, action: 'report' }, { verdict: false, texts: [1], score: 0.7 });
    expect(await some.judge()).toEqual([{ rule: 'verdict', score: 0.7, action: 'report', text: 1 }]);
  });

  it.each([
    ['no JSON', 'verdict: true', 200],
    ['another form', { ok: true }, 200],
    ['a verdict that is none', { verdict: 'yes' }, 200],
    ['a text that was not sent', { verdict: false, texts: [2] }, 200],
    ['a status', { verdict: true }, 500],
    ['a redirect', { verdict: true }, 302],
  ])('that answers with %s has failed, and its answer is in no message', async (_what, answer, status) => {
    const failed: unknown = await asking(webhook, answer, status)
      .judge()
      .catch((thrown: unknown) => thrown);
    expect(failed).toBeInstanceOf(Fault);
    expect(JSON.stringify([(failed as Fault).toData(), String((failed as Fault).cause)])).not.toMatch(
      /yes|lan@/,
    );
  });

  it('is aborted with the check', async () => {
    const { judge, sent } = asking(webhook, { verdict: true });
    const { signal } = new AbortController();
    await judge(texts, { signal });
    expect(sent[0]?.signal).toBe(signal);
  });
});

describe('moderation', () => {
  it("asks OpenAI's endpoint, and counts categories from their thresholds", async () => {
    const results = [
      { category_scores: { hate: 0.6, violence: 0.4 } },
      { category_scores: { hate: 0.1, violence: 0.3 } },
    ];
    const { judge, sent } = asking({ ...openai, categories: { violence: 0.3 } }, { results });
    expect((await judge()).map(({ rule, score, text }) => [rule, score, text])).toEqual([
      ...[
        ['hate', 0.6, 0],
        ['violence', 0.4, 0],
        ['violence', 0.3, 1],
      ],
    ]);
    expect(sent[0]).toMatchObject({
      url: 'https://api.openai.com/v1/moderations',
      headers: { authorization: 'Bearer sk-1' },
      body: JSON.stringify({ model: 'omni-moderation-latest', input: texts.map(({ text }) => text) }),
    });
  });

  it('asks any endpoint, about texts that say something', async () => {
    const { judge, sent } = asking(http, { results: [{ categories: { toxic: 0.9, safe: 0.99 } }] });
    const name: ScreenedText = { ...messageText('lan'), form: 'identifier' };
    expect(await judge([messageText('  '), name, messageText('text')])).toMatchObject([
      { rule: 'toxic', text: 2 },
    ]);
    expect(JSON.parse(String(sent[0]?.body))).toEqual({ texts: ['text'] });
    expect(sent[0]?.headers).not.toHaveProperty('authorization');
  });

  it('asks nobody where nothing is said', async () => {
    const { judge, sent } = asking(http, 'nothing');
    expect(await judge([messageText(' ')])).toEqual([]);
    expect(sent).toEqual([]);
  });

  it('runs a model, whose own word for harmless is no finding', async () => {
    const { judge } = asking({ type: 'moderation', engine: 'transformers', model: 'toxic' }, '');
    expect(await judge()).toMatchObject([{ rule: 'toxic', score: 0.9, text: 0 }]);
  });

  it('gives no label to a metric that neither Weir nor the policy has', async () => {
    const answer = { results: [{ categories: { [canary]: 1, custom: 1 } }, { categories: {} }] };
    const { judge } = asking({ ...http, categories: { custom: 0.5 } }, answer);
    expect((await judge()).map(({ rule }) => rule)).toEqual(['unnamed', 'custom']);
  });

  it.each([
    ['fewer ratings than texts', { results: [{ categories: {} }] }],
    ['a score that is none', { results: [{ categories: { toxic: 7 } }, { categories: {} }] }],
    ['another form', { results: 'none' }],
  ])('has failed where it is answered with %s', async (_what, answer) => {
    await expect(asking(http, answer).judge()).rejects.toBeInstanceOf(Fault);
  });
});
