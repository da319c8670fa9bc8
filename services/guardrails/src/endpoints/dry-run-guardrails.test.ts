import { dryRunGuardrails } from '@weir/contracts/admin/dry-run-guardrails';
import type { RequestOf } from '@weir/contracts/descriptors';
import type { Check } from '@weir/contracts/guardrails/policy';
import { guardrailPolicies } from '@weir/contracts/guardrails/policies';
import { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import { seal, sealingKeysOf } from '@weir/service-kit/crypto/sealed-box';
import { testEnvelope } from '@weir/testkit/envelope';
import { FakeClock } from '@weir/testkit/fake-clock';
import { MemoryStore } from '@weir/testkit/memory-store';
import { expect, test } from 'vitest';
import { silentLogger } from '../../test/policy-admin.ts';
import type { AnyCheck, Finding } from '../domain/check.ts';
import { PolicyLibrary } from '../policies/policy-library.ts';
import { createTryPolicies } from '../screening/try-policies.ts';
import { createDryRunGuardrails } from './dry-run-guardrails.ts';

const masterKeys = new MasterKeys([Buffer.alloc(32, 1)]);
const sealingKeys = sealingKeysOf(masterKeys);

/** Checks that need no list and no scanner: digits are personal data, and a word may be denied or may make the check fail. */
function createCheck(check: Check): AnyCheck {
  const base = { id: check.id ?? check.type, type: check.type, onError: check.on_error };
  if (check.type === 'words') {
    return {
      ...base,
      ...{ kind: 'whole', isSlow: false, unit: 'answer' },
      check(texts): Finding[] {
        if (texts.some(({ text }) => text.includes('crash'))) throw new Error('It crashed.');
        return texts.flatMap(({ text }, index) =>
          text.includes(check.words[0] ?? '-')
            ? [{ text: index, rule: 'forbidden_word', score: 1, action: check.action }]
            : [],
        );
      },
    };
  }
  const action = check.type === 'pii' ? check.action : 'report';
  return {
    ...base,
    ...{ kind: 'span', contextLength: 0 },
    settledLength: (text) => text.search(/\d*$/),
    find: (text, _form, from = 0) =>
      [...text.matchAll(/\d{6,}/g)]
        .filter(({ index }) => index >= from)
        .map(({ 0: digits, index: start }) => ({
          ...{ span: { start, end: start + digits.length }, rule: 'phone.mobile' },
          ...({ entity: 'phone', tier: 1, score: 0.9, action } as const),
        })),
  };
}

function dryRun(data: RequestOf<typeof dryRunGuardrails>) {
  const store = new MemoryStore(guardrailPolicies);
  const library = new PolicyLibrary({ store, createCheck, masterKeys, logger: silentLogger });
  const tryPolicies = createTryPolicies({ clock: new FakeClock(), masterKeys });
  const handler = createDryRunGuardrails({
    policies: library,
    createCheck,
    tryPolicies,
    masterKeys,
    sealingKeys,
  });
  const { signal } = new AbortController();
  return (async () =>
    dryRunGuardrails.reply.parse(await handler({ data, envelope: testEnvelope(), signal })))();
}

const sealed = (policy: object) => seal(JSON.stringify(policy), sealingKeys.publicKey);
const words = { type: 'words', operator: 'none', words: ['bí mật'] };

test('each finding says where it is, by which rule of which policy, and what becomes of it', async () => {
  const reply = await dryRun({ policy: 'balanced', texts: ['Gọi 0912345678 nhé', 'Xin chào'] });
  expect(reply).toEqual({
    outcome: 'change',
    findings: [
      {
        direction: 'input',
        path: 'messages[0].content',
        ...{ start: 4, end: 14, policy: 'balanced', check: 'pii', rule: 'phone.mobile' },
        ...{ entity: 'phone', tier: 1, score: 0.9, action: 'redact' },
      },
    ],
    texts: ['Gọi [PHONE] nhé', 'Xin chào'],
    ...{ request: null, completion: null, denial: null, failed: [], warnings: [] },
  });
});

test('a denial is told with its words, and hides nothing else that is found', async () => {
  const policy = sealed({ input: { checks: [words, { type: 'pii', action: 'deny' }] } });
  const { outcome, findings, denial, texts } = await dryRun({
    policy,
    policies: ['balanced'],
    texts: ['bí mật: 0912345678'],
  });
  expect(outcome).toBe('deny');
  expect(findings.map((found) => [found.policy, found.check, found.action])).toEqual([
    ['inline', 'pii', 'deny'],
    ['balanced', 'pii', 'redact'],
    ['inline', 'words', 'deny'],
  ]);
  expect(denial?.code).toBe('content_policy_violation');
  expect(denial?.message).toContain('"inline"');
  expect(denial?.message).not.toContain('0912345678');
  expect(texts).toEqual(['bí mật: [PHONE]']);
});

test('what is only reported passes as it is', async () => {
  const { outcome, findings, texts } = await dryRun({ policy: 'report', texts: ['0912345678'] });
  expect({ outcome, texts, count: findings.length }).toEqual({
    ...{ outcome: 'pass', texts: ['0912345678'], count: 1 },
  });
});

test('of very many findings the first are shown, and all of them change the text', async () => {
  const reply = await dryRun({ policy: 'balanced', texts: ['0912345678 '.repeat(1_200)] });
  expect(reply.findings).toHaveLength(1_000);
  expect(reply.warnings).toEqual(['Of the findings the first 1000 are shown.']);
  expect(reply.texts).toEqual(['[PHONE] '.repeat(1_200)]);
});

test('texts are tried as answers too', async () => {
  const policy = sealed({ output: { checks: [{ type: 'pii' }] } });
  const texts = ['Số 0912345678', 'không'];
  expect(await dryRun({ policy, texts, direction: 'output' })).toMatchObject({
    outcome: 'change',
    findings: [{ direction: 'output', path: 'choices[0].message.content' }],
    texts: ['Số [PHONE]', 'không'],
  });
  expect(await dryRun({ policy, texts })).toMatchObject({ outcome: 'pass', findings: [] });
});

test('a request and its answer are tried together: what is masked in one is back in the other', async () => {
  const reply = await dryRun({
    policy: sealed({ input: { checks: [{ type: 'pii', action: 'mask' }] } }),
    request: { model: 'm', messages: [{ role: 'user', content: 'Số 0912345678' }], temperature: 1 },
    completion: {
      ...{ id: 'c', object: 'chat.completion', created: 1, model: 'm' },
      choices: [
        { index: 0, message: { role: 'assistant', content: 'Là [PHONE_1].' }, finish_reason: 'stop' },
      ],
    },
  });
  expect(reply).toMatchObject({
    texts: null,
    request: { model: 'm', messages: [{ content: 'Số [PHONE_1]' }], temperature: 1 },
    completion: { choices: [{ message: { content: 'Là 0912345678.' } }] },
  });
});

test('a check that fails is named, and denies what it would deny', async () => {
  const texts = ['crash'];
  const open = { ...words, on_error: 'allow' };
  expect(await dryRun({ policy: sealed({ input: { checks: [open] } }), texts })).toMatchObject({
    ...{ outcome: 'pass', failed: ['words'], denial: null },
  });
  expect(await dryRun({ policy: sealed({ input: { checks: [words] } }), texts })).toMatchObject({
    ...{ outcome: 'deny', failed: ['words'], denial: { code: 'guardrails_unavailable' } },
  });
});

test.each([
  [{ policy: 'balanced' }, 'invalid_request', 'texts'],
  [{ texts: ['a'] }, 'invalid_request', 'policy'],
  [{ policy: 'none-such', texts: ['a'] }, 'policy_not_found', 'policy'],
  [
    { policy: sealed({ input: { checks: [{ type: 'oracle' }] } }), texts: ['a'] },
    'invalid_policy',
    'input.checks[0].type',
  ],
])('what cannot be tried is refused: %#', async (data, code, param) => {
  await expect(dryRun(data)).rejects.toMatchObject({ code, details: { param } });
});
