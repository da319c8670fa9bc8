import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { verifyAudit } from '@weir/contracts/admin/audit';
import { checkCredential, createCredential, updateCredential } from '@weir/contracts/admin/credentials';
import { dryRunGuardrails } from '@weir/contracts/admin/dry-run-guardrails';
import { dryRunRouting } from '@weir/contracts/admin/dry-run-routing';
import { gatewayStatus } from '@weir/contracts/admin/gateway-status';
import { readPolicy } from '@weir/contracts/admin/guardrail-policies';
import { listOrganisations, updateOrganisation } from '@weir/contracts/admin/organisations';
import { readConfig, writeConfig } from '@weir/contracts/admin/routing-configs';
import {
  createKey,
  deleteKey,
  importKeys,
  listKeys,
  readKey,
  rotateKey,
  updateKey,
} from '@weir/contracts/admin/virtual-keys';
import type { ReplyOf } from '@weir/contracts/descriptors';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FakeGateway, Refusal, startFakeGateway } from './fake-gateway.ts';
import { key, organisation, virtualKey } from './records.ts';
import { onTerminal } from './terminal.ts';
import { weir } from './weir-process.ts';

let gateway: FakeGateway;
let folder: string;
beforeEach(async () => {
  gateway = await startFakeGateway();
  folder = await mkdtemp(join(tmpdir(), 'weir-cli-'));
});
afterEach(async () => {
  await gateway.close();
  await rm(folder, { recursive: true });
});

const run = (...args: string[]) => weir(args, gateway.environment);
const piped = (input: string, ...args: string[]) => weir(args, gateway.environment, input);
const keptIn = async (name: string, contents: string) => {
  const file = join(folder, name);
  await writeFile(file, contents);
  return file;
};
const realKey = 'sk-real-key-of-a-provider';

test('a list is a table whose columns are straight in any script', async () => {
  const names = ['Trợ lý ảo', '日本語', 'Nguyễn'.normalize('NFD')];
  const data = names.map((name) => virtualKey({ name }));
  gateway.answer(listKeys, () => ({ data, has_more: false, next: null }));
  const { code, err, out } = await run('key', 'list');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out.split('\n')).toEqual([
    'ID        NAME       ORGANISATION  TEAM  USER  STATUS  EXPIRES  TAGS',
    'aaaaaaaa  Trợ lý ảo  default       -     -     active  -        -',
    'aaaaaaaa  日本語     default       -     -     active  -        -',
    `aaaaaaaa  ${names[2]}     default       -     -     active  -        -`,
    '',
  ]);
});

test('a list is read to its end, up to a bound that is said', async () => {
  const data = Array.from({ length: 500 }, () => virtualKey());
  gateway.answer(listKeys, ({ limit }) => ({ data: data.slice(0, limit), has_more: true, next: 'x1' }));
  const { err, out } = await run('keys', 'list', '--status', 'active', '--json');
  expect((JSON.parse(out) as { data: unknown[] }).data).toHaveLength(1_000);
  expect(err).toBe('There are more than 1000: add --limit 10000, or --after x1\n');
  expect(gateway.calls.map(({ fields }) => fields)).toEqual([
    { limit: 500, status: 'active' },
    { limit: 500, status: 'active', after: 'x1' },
  ]);
  expect(JSON.parse((await run('keys', 'list', '--limit', '3', '--json')).out)).toMatchObject({
    has_more: true,
    next: 'x1',
    data: [{}, {}, {}],
  });
});

test('a new key is shown once, alone on standard output, and its curl does not repeat it where that may be a log', async () => {
  gateway.answer(createKey, ({ name }) => ({ ...virtualKey({ name }), key }));
  const args = ['keys', 'create', '--name', 'checkout', '--team', 't1', '--expires', '2030-01-31'];
  const flags = [
    '--allowed-models',
    'gpt-5*,anthropic/*',
    '--allowed-providers',
    'any',
    '--custom-hosts',
    'none',
  ];
  const { code, err, out } = await run(
    ...args,
    ...flags,
    '--metadata',
    'a=b',
    '--metadata',
    'c=d=e',
    '--inline-configs',
  );
  expect({ code, out }).toEqual({ code: 0, out: `${key}\n` });
  expect(err).toContain('It is not shown again.');
  expect(err).toContain(`curl ${gateway.url}/v1/models -H "Authorization: Bearer $KEY"`);
  expect(err).not.toContain(key);
  const [call] = gateway.calls;
  expect(call?.headers['idempotency-key']).toMatch(/^[0-9a-f-]{36}$/);
  expect(call?.fields).toEqual({
    name: 'checkout',
    team_id: 't1',
    expires_at: '2030-01-31T00:00:00.000Z',
    allowed_models: ['gpt-5*', 'anthropic/*'],
    allowed_providers: null,
    custom_hosts: [],
    metadata: { a: 'b', c: 'd=e' },
    inline_configs: true,
  });
  const shown = await onTerminal(['keys', 'create', '--name', 'x'], gateway);
  expect(shown.err).toContain(`curl ${gateway.url}/v1/models -H 'Authorization: Bearer ${key}'`);
});

test('what is not given is not changed, and what is "none" is taken away', async () => {
  gateway.answer(updateKey, () => virtualKey());
  const args = ['--team', 'none', '--tags', 'none', '--no-inline-configs', '--if-revision', '7'];
  expect((await run('keys', 'update', 'aaaaaaaa', ...args)).code).toBe(0);
  expect(gateway.calls).toMatchObject([{ headers: { 'if-match': '"7"' } }]);
  expect(gateway.calls[0]?.fields).toEqual({
    id: 'aaaaaaaa',
    team_id: null,
    tags: [],
    inline_configs: false,
  });
});

test('a connection that is lost while a key is made makes no second one', async () => {
  let attempts = 0;
  gateway.answer(createKey, () => {
    if (++attempts === 1) throw new Refusal('connection_lost');
    return { ...virtualKey(), key };
  });
  expect((await run('keys', 'create', '--name', 'x')).out).toBe(`${key}\n`);
  const [first, second] = gateway.calls.map(({ headers }) => headers['idempotency-key']);
  expect(second).toBe(first);
  gateway.answer(createKey, () => {
    throw new Refusal('connection_lost');
  });
  const { code, err } = await run('keys', 'create', '--name', 'x', '--idempotency-key', 'mine');
  expect(code).toBe(1);
  expect(err).toContain('It may have been done: repeat the command with --idempotency-key mine');
  expect(gateway.calls.slice(2)).toHaveLength(3);
});

test('a change that nothing tells apart from its repetition is not repeated, and its outcome not guessed', async () => {
  gateway.answer(updateKey, () => {
    throw new Refusal('connection_lost');
  });
  const { err } = await run('keys', 'update', 'aaaaaaaa', '--name', 'x');
  expect(err).toContain('It may have been done: look with: weir keys show aaaaaaaa');
  expect(gateway.calls).toHaveLength(1);
});

test('what cannot be undone is asked for, and refused where nobody can answer', async () => {
  gateway.answer(deleteKey, ({ id }) => ({ id, deleted: true as const }));
  const args = ['keys', 'delete', 'aaaaaaaa'];
  const unasked = await run(...args);
  expect(unasked.code).toBe(1);
  expect(unasked.err).toContain('Nobody is there to answer: add --yes.');
  const declined = await onTerminal(args, { ...gateway, answers: { 'Delete key': '\n' } });
  expect(declined).toMatchObject({ code: 1, out: '' });
  expect(declined.err).toContain(gateway.url);
  expect(declined.err).toContain('weir: Nothing was done.');
  expect(gateway.calls).toEqual([]);
  expect(await onTerminal(args, { ...gateway, answers: { 'Delete key': 'y\n' } })).toMatchObject({ code: 0 });
  expect(await run(...args, '--yes')).toMatchObject({ code: 0, out: 'deleted aaaaaaaa\n' });
  expect((await run('keys', 'rotate', 'aaaaaaaa', '--grace', '0')).err).toContain('add --yes');
});

test('a grace period is a duration', async () => {
  gateway.answer(rotateKey, () => ({ ...virtualKey(), key }));
  expect((await run('keys', 'rotate', 'aaaaaaaa', '--grace', '2d')).out).toBe(`${key}\n`);
  expect(gateway.calls).toMatchObject([{ fields: { grace_seconds: 172_800 } }]);
});

test('an organisation is suspended and resumed', async () => {
  gateway.answer(updateOrganisation, ({ status }) => organisation({ status: status ?? 'active' }));
  expect((await run('org', 'suspend', 'default', '--yes')).out).toMatch(/^status +suspended$/m);
  expect((await run('organisations', 'resume', 'default')).out).toMatch(/^status +active$/m);
});

test("a provider's key comes from a prompt without echo or from standard input, and is never shown", async () => {
  const stored = {
    id: 'c1',
    name: 'main',
    provider: 'openai',
    organisation_id: null,
    enabled: true,
    last_four: 'ider',
    created_at: 'now',
    updated_at: 'now',
    revision: 1,
  };
  gateway.answer(createCredential, () => stored);
  gateway.answer(updateCredential, () => stored);
  const args = ['credentials', 'create', '--name', 'main', '--provider', 'openai'];
  const fromPipe = await piped(`${realKey}\n`, ...args, '--verbose');
  expect(fromPipe.code).toBe(0);
  const typed = await onTerminal(args, { ...gateway, answers: { 'The api key:': `${realKey}\n` } });
  expect(typed.code).toBe(0);
  expect(typed.err).toContain('weir credentials check c1');
  expect(gateway.calls.map(({ fields }) => fields['api_key'])).toEqual([realKey, realKey]);
  await piped(realKey, 'credentials', 'update', 'c1', '--replace-key', '--no-enabled');
  await piped(realKey, 'credentials', 'update', 'c1', '--name', 'other');
  expect(gateway.calls.slice(2).map(({ fields }) => fields)).toEqual([
    { id: 'c1', enabled: false, api_key: realKey },
    { id: 'c1', name: 'other' },
  ]);
  const spoilt = await piped(`${realKey} and more`, ...args);
  expect(spoilt).toMatchObject({
    code: 1,
    err: 'weir: The api_key must be printable ASCII without white space.\n',
  });
  const said = [fromPipe, typed, spoilt].map(({ err, out }) => out + err).join('');
  expect(said).not.toContain('sk-real');
});

test('a key that the provider does not take is exit code 1', async () => {
  const reply = { id: 'c1', provider: 'openai', accepted: false, detail: 'It says 401.', latency_ms: 12 };
  gateway.answer(checkCredential, () => reply);
  const { code, err } = await run('credentials', 'check', 'c1');
  expect({ code, err }).toEqual({ code: 1, err: 'weir: openai does not take it: It says 401.\n' });
});

test('a file of keys becomes keys, in a file that only its owner can read', async () => {
  const data = [
    { line: 2, id: 'aaaaaaaa', name: 'one, "first"', key },
    { line: 3, id: 'bbbbbbbb', name: 'two', key: `${key}2` },
  ];
  gateway.answer(importKeys, ({ dry_run }) => ({
    dry_run,
    errors: [],
    data: dry_run ? data.map((one) => ({ ...one, id: '', key: '' })) : data,
  }));
  const file = await keptIn('keys.csv', 'name\none\ntwo\n');
  const output = join(folder, 'new.csv');
  const made = await run('keys', 'import', file, '--output', output);
  expect(made).toEqual({ code: 0, out: '', err: '2 keys made. They are not shown again.\n' });
  expect(await readFile(output, 'utf8')).toBe(
    `id,name,key\naaaaaaaa,"one, ""first""",${key}\nbbbbbbbb,two,${key}2\n`,
  );
  expect((await stat(output)).mode & 0o777).toBe(0o600);
  expect(gateway.calls).toMatchObject([
    { fields: { format: 'csv', content: 'name\none\ntwo\n', dry_run: false } },
  ]);

  const again = await run('keys', 'import', file, '--output', output);
  expect(again.err).toBe(`weir: ${output} is there already. No key was made: name another file.\n`);
  expect(gateway.calls).toHaveLength(1);

  const dry = await piped('{"name":"one"}', 'keys', 'import', '-', '--format', 'jsonl', '--dry-run');
  expect(dry.out).toContain('one, "first"');
  expect(dry.err).toContain('2 keys would be made.');
});

test('a file with a line that is wrong makes no key, and leaves no file', async () => {
  gateway.answer(importKeys, () => ({ dry_run: false, data: [], errors: [{ line: 3, message: 'no name' }] }));
  const file = await keptIn('keys.jsonl', '{}\n');
  const { code, err, out } = await run('keys', 'import', file, '--output', join(folder, 'new'));
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toContain('3     no name');
  await expect(stat(join(folder, 'new'))).rejects.toThrow('ENOENT');
});

test('a config goes to a file and back', async () => {
  const config = { provider: 'openai' };
  const record = { name: 'cheap', revision: 7, updated_at: '2026-11-28T07:00:00Z', config, warnings: ['w1'] };
  gateway.answer(readConfig, () => record);
  gateway.answer(writeConfig, () => ({ ...record, revision: 8 }));
  const { err, out } = await run('configs', 'show', 'cheap');
  expect(JSON.parse(out)).toEqual(config);
  expect(err).toBe('Revision 7, of 2026-11-28T07:00:00Z.\nwarning: w1\n');
  const written = await piped(out, 'configs', 'set', 'cheap', '-', '--if-revision', '7');
  expect(written).toMatchObject({ code: 0, out: 'cheap is at revision 8\n' });
  expect(gateway.calls[1]).toMatchObject({
    fields: { name: 'cheap', config },
    headers: { 'if-match': '"7"' },
  });
  const spoilt = await piped(`{"api_key": "${realKey}",}`, 'configs', 'set', 'cheap', '-');
  expect(spoilt.code).toBe(2);
  expect(spoilt.err).toMatch(/^weir: - is not valid JSON.*\n$/);
  expect(spoilt.err).not.toContain(realKey);
});

test('a dry run takes a stored config or a file', async () => {
  const target = {
    path: 'config',
    target: 't',
    provider: 'openai',
    model: 'm',
    reason: 'It is the only one.',
  };
  gateway.answer(dryRunRouting, ({ config }) => ({
    config: typeof config === 'string' ? config : 'inline',
    model: 'm',
    targets: [target],
    passed_over: [],
    warnings: [],
  }));
  expect((await run('configs', 'dry-run', 'cheap', '--model', 'm', '--metadata', 'plan=pro')).out).toContain(
    '1      t       openai    m      It is the only one.',
  );
  await run('configs', 'dry-run', await keptIn('c.json', '{"retry":{}}'), '--model', 'm');
  expect(gateway.calls.map(({ fields }) => fields)).toEqual([
    { config: 'cheap', request: { model: 'm' }, metadata: { plan: 'pro' } },
    { config: { retry: {} }, request: { model: 'm' } },
  ]);
});

test('a policy is tried on a text, on its file, and on a whole request', async () => {
  const trial: ReplyOf<typeof dryRunGuardrails> = {
    outcome: 'change',
    findings: [
      {
        ...{ direction: 'input', path: 'messages[0].content', start: 4, end: 14, policy: 'mine' },
        ...{ check: 'pii', rule: 'phone.mobile', entity: 'phone', tier: 1, score: 0.9, action: 'redact' },
      },
    ],
    ...{ texts: ['Gọi [PHONE]'], request: null, completion: null },
    ...{ denial: null, failed: [], warnings: ['w1'] },
  };
  gateway.answer(dryRunGuardrails, () => trial);
  const { err, out } = await run('policies', 'try', 'mine', 'Gọi 0912345678', '--policies', 'report');
  expect(out).toContain(
    'messages[0].content  4-14   phone   phone.mobile  0.9    redact  mine    pii\n\nGọi [PHONE]\n',
  );
  expect(err).toBe('warning: w1\nIt passes, changed.\n');
  const file = await keptIn('p.json', '{"input":{}}');
  await piped('từ ống', 'policy', 'try', file, '-', '--direction', 'output');
  const denial = { code: 'content_policy_violation', message: 'Not this.' };
  const request = { model: 'm', messages: [{ role: 'user', content: 'Xin chào' }] };
  const denied = { ...trial, outcome: 'deny' as const, findings: [], texts: null, denial, request };
  gateway.answer(dryRunGuardrails, () => denied);
  const whole = await run(
    'policies',
    'try',
    'mine',
    '--request',
    await keptIn('r.json', JSON.stringify(request)),
  );
  expect(JSON.parse(whole.out)).toEqual(request);
  expect(whole.err).toContain('It is denied (content_policy_violation): Not this.');
  expect(gateway.calls.map(({ fields }) => fields)).toEqual([
    { policy: 'mine', policies: ['report'], texts: ['Gọi 0912345678'] },
    { policy: { input: {} }, texts: ['từ ống'], direction: 'output' },
    { policy: 'mine', request },
  ]);
});

test('a built-in policy is shown as one to begin with', async () => {
  const policy = { input: { checks: [{ type: 'pii' }] } };
  gateway.answer(readPolicy, () => ({
    ...{ name: 'balanced', revision: 0, updated_at: null, built_in: true, policy, warnings: [] },
  }));
  const { err, out } = await run('policies', 'show', 'balanced');
  expect(JSON.parse(out)).toEqual(policy);
  expect(err).toBe('It is built in.\n');
});

test('an audit log that was tampered with is exit code 1, and one that was not tells the anchor of the next time', async () => {
  const head = { seq: 9, hash: 'a'.repeat(64) };
  gateway.answer(verifyAudit, () => ({ intact: true, entries: 9, head, broken: null }));
  const anchor = `${head.seq}:${head.hash}`;
  const intact = await run('audit', 'verify', '--anchor', anchor);
  expect(intact).toMatchObject({ code: 0, out: `${anchor}\n` });
  expect(gateway.calls).toMatchObject([{ fields: { anchor: head } }]);
  const broken = { seq: 4, reason: 'It was changed.' };
  gateway.answer(verifyAudit, () => ({ intact: false, entries: 9, head, broken }));
  expect(await run('audit', 'verify')).toEqual({
    code: 1,
    out: '',
    err: 'weir: The audit log is not what was entered. Entry 4: It was changed.\n',
  });
});

test('what is wrong with the gateway is exit code 1', async () => {
  const replica = { service: 'ingress', id: 'i1', version: '0.1.0', state: 'full' as const };
  const told = { problems: [], clock_skew_ms: -2_013, buckets: { 'weir-virtual-keys': 7 } };
  const replicas = [{ ...replica, ...told }];
  gateway.answer(gatewayStatus, () => ({
    replicas,
    targets: [],
    configs: 2,
    problems: ['No router was found.'],
  }));
  const { code, err, out } = await run('status');
  expect({ code, err }).toEqual({ code: 1, err: 'weir: No router was found.\n' });
  expect(out).toContain('ingress  i1       0.1.0    full   -2.0 s');
});

test('what the gateway sends cannot act on the terminal, and is not lost as JSON', async () => {
  const name = 'a\u009b31m\u202eb';
  gateway.answer(readKey, () => ({ ...virtualKey(), config: name }));
  gateway.answer(listOrganisations, () => {
    throw new Refusal('not_found', 'a\u001b]0;title\u0007\nb');
  });
  // The contract takes no such name: a gateway that sends it is a hostile one, and refused with nothing of it shown.
  expect((await run('keys', 'show', 'aaaaaaaa')).err).not.toMatch(/[\u009b\u202e]/);
  const { err } = await run('orgs', 'list');
  expect(err).toBe('weir: a\ufffd]0;title\ufffd b\n');
  const reply = { id: 'c1', provider: 'openai', accepted: null, detail: name, latency_ms: 1 };
  gateway.answer(checkCredential, () => reply);
  expect((await run('credentials', 'check', 'c1')).out).toContain('a\ufffd31m\ufffdb');
  const { out } = await run('credentials', 'check', 'c1', '--json');
  expect(out).toContain('a\\u009b31m\\u202eb');
  expect(JSON.parse(out)).toEqual(reply);
});
