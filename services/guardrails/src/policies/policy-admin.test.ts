import { guardrailPolicies } from '@weir/contracts/guardrails/policies';
import { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import { MemoryStore } from '@weir/testkit/memory-store';
import { expect, test } from 'vitest';
import { createPolicyAdmin } from '../../test/policy-admin.ts';

const phones = { input: { checks: [{ type: 'pii', entities: ['phone'], action: 'mask' }] } };
const secret = 'webhook-secret-of-acme-1234';
const webhook = {
  type: 'webhook',
  url: 'https://judge.example.com/v1',
  secret,
  headers: { authorization: 'Bearer token-of-acme-5678' },
};
const moderation = { type: 'moderation', engine: 'openai', api_key: 'sk-of-moderation-9012' };
const guarded = { input: { checks: [webhook] }, output: { checks: [moderation, webhook] } };
const secrets = /webhook-secret|token-of-acme|sk-of-moderation/;

test('what is written is answered and read as it holds, defaults among it', async () => {
  const { write, read } = createPolicyAdmin();
  const written = await write('phones', phones);
  expect(written).toMatchObject({
    name: 'phones',
    revision: 1,
    built_in: false,
    policy: {
      input: { checks: [{ type: 'pii', entities: ['phone'], action: 'mask', on_error: 'deny' }] },
      output: { checks: [], mode: 'stream' },
      on_unavailable: 'deny',
    },
    warnings: [],
  });
  expect(await read({ name: 'phones' })).toEqual(written);
});

test.each([
  [{ input: { checks: [{ type: 'pii', action: 'erase' }] } }, 'input.checks[0].action'],
  [{ output: { checks: [{ type: 'pii' }, { type: 'nonsense' }] } }, 'output.checks[1].type'],
  [
    { output: { checks: [{ type: 'regex', patterns: [{ name: 'a', pattern: '(' }] }] } },
    'output.checks[0].patterns[0].pattern',
  ],
  [{ output: { checks: [{ ...webhook, secret: 'short' }] } }, 'output.checks[0].secret'],
  [{ on_fire: true }, 'on_fire'],
])('what would not work is refused with its path, and nothing is stored: %j', async (policy, param) => {
  const { write, read } = createPolicyAdmin();
  await expect(write('wrong', policy)).rejects.toMatchObject({
    code: 'invalid_policy',
    details: { param },
  });
  await expect(read({ name: 'wrong' })).rejects.toMatchObject({ code: 'policy_not_found' });
});

test('secrets are stored encrypted, shown masked, and used as they were given', async () => {
  const store = new MemoryStore(guardrailPolicies);
  const { made, read, write } = createPolicyAdmin({ store });
  await write('guarded', guarded);
  expect(JSON.stringify(store.get('guarded'))).not.toMatch(secrets);
  const shown = JSON.stringify(await read({ name: 'guarded' }));
  expect(shown).not.toMatch(secrets);
  expect(shown).not.toContain('gAAAA');
  expect(shown).toMatch(/\*{4}1234.*\*{4}5678.*\*{4}9012/);
  const held = made.slice(-3);
  expect(held).toMatchObject([webhook, moderation, webhook]);
});

test('a policy that is read, edited and written keeps the secrets that were masked', async () => {
  const { made, read, write } = createPolicyAdmin();
  await write('guarded', guarded);
  const { policy, revision } = await read({ name: 'guarded' });
  await write('guarded', { ...policy, description: 'edited' }, revision);
  expect(made.slice(-3)).toMatchObject([webhook, moderation, webhook]);
});

test('who may not read a secret cannot have it sent to another address', async () => {
  const { read, write } = createPolicyAdmin();
  await write('guarded', guarded);
  const { policy } = await read({ name: 'guarded' });
  const moved = JSON.parse(
    JSON.stringify(policy).replaceAll('judge.example.com', 'evil.example.com'),
  ) as object;
  await expect(write('guarded', moved)).rejects.toMatchObject({
    code: 'invalid_policy',
    message: expect.stringContaining('secret is masked, and the stored policy has no such secret') as string,
  });
});

test('the longest secret that a policy may have is stored and used', async () => {
  const { library, write } = createPolicyAdmin();
  const longest = { ...webhook, secret: 's'.repeat(256), headers: { 'x-token': 't'.repeat(1_024) } };
  const { warnings } = await write('long', { input: { checks: [longest] } });
  expect(warnings).toEqual([]);
  expect(library.find('long')?.input.checks).toHaveLength(1);
});

test('built-in policies are listed and read between the others, and cannot be changed', async () => {
  const { delete: remove, list, read, write } = createPolicyAdmin();
  await write('acme', phones);
  await write('z', phones);
  const { data } = await list({ limit: 50 });
  expect(data.map(({ name }) => name)).toEqual(['acme', 'balanced', 'off', 'report', 'strict', 'z']);
  expect(await list({ limit: 2, after: 'acme' })).toMatchObject({
    data: [{ name: 'balanced' }, { name: 'off' }],
    next: 'off',
  });
  expect(await read({ name: 'report' })).toMatchObject({
    revision: 0,
    updated_at: null,
    built_in: true,
    policy: { on_unavailable: 'allow' },
    warnings: [],
  });
  await expect(remove({ name: 'report' })).rejects.toMatchObject({ code: 'policy_not_found' });
});

test('a former state comes back with its secrets, of a deleted policy too', async () => {
  const { delete: remove, listRevisions, made, read, rollBack, write } = createPolicyAdmin();
  const { revision } = await write('guarded', guarded);
  await remove({ name: 'guarded' });
  await expect(read({ name: 'guarded' })).rejects.toMatchObject({
    code: 'policy_not_found',
    message: 'There is no guardrail policy "guarded".',
  });
  await rollBack({ name: 'guarded', revision, expectedRevision: 'none' });
  expect(made.slice(-3)).toMatchObject([webhook, moderation, webhook]);
  const { data } = await listRevisions({ name: 'guarded' });
  expect(data.map(({ policy }) => policy !== null)).toEqual([true, false, true]);
  expect(JSON.stringify(data)).not.toMatch(secrets);
});

test('each change is told to the audit log, without secrets', async () => {
  const actor = { id: 'env', address: '192.0.2.1', sealingKey: 'XSECRET' };
  const { changes, delete: remove, write } = createPolicyAdmin({ actor });
  await write('guarded', guarded);
  await remove({ name: 'guarded' });
  expect(changes).toMatchObject([
    { action: 'policy.write', target: { kind: 'policy', id: 'guarded' }, before: null },
    { action: 'policy.delete', target: { kind: 'policy', id: 'guarded' }, after: null },
  ]);
  expect(JSON.stringify(changes)).not.toMatch(secrets);
});

test('a policy that this version does not understand is shown without its secrets, with the reason', async () => {
  const store = new MemoryStore(guardrailPolicies);
  const checks = [{ type: 'oracle', secret: 'token', headers: { a: 'b' } }];
  store.putRaw('new', JSON.stringify({ policy: { input: { checks } }, updatedAtMs: 0 }));
  store.putRaw('odd', JSON.stringify({ policy: { input: [{ api_key: 'sk' }] }, updatedAtMs: 0 }));
  const { list } = createPolicyAdmin({ store });
  const { data } = await list({ limit: 50 });
  const [fromTheFuture, odd] = ['new', 'odd'].map((name) => data.find((record) => record.name === name));
  expect(fromTheFuture).toMatchObject({
    policy: { input: { checks: [{ type: 'oracle', secret: '****', headers: { a: '****' } }] } },
    warnings: [expect.stringMatching(/^The guardrail policy "new" cannot be used: /)],
  });
  expect(odd).toMatchObject({ policy: { input: [{ api_key: '****' }] } });
});

test('a lost master key is said, and the secret stays masked', async () => {
  const store = new MemoryStore(guardrailPolicies);
  await createPolicyAdmin({ store }).write('guarded', guarded);
  const { read } = createPolicyAdmin({ store, masterKeys: new MasterKeys([Buffer.alloc(32, 2)]) });
  const { policy, warnings } = await read({ name: 'guarded' });
  expect(policy).toMatchObject({ output: { checks: [{ api_key: '****' }, { secret: '****' }] } });
  expect(warnings.join()).toContain(
    "input.checks[0].secret cannot be decrypted with the guardrails' master keys",
  );
});
