import { listBudgets, readBudget, writeBudget } from '@weir/contracts/admin/budgets';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FakeGateway, startFakeGateway } from './fake-gateway.ts';
import { budget } from './records.ts';
import { weir } from './weir-process.ts';

let gateway: FakeGateway;
beforeEach(async () => {
  gateway = await startFakeGateway();
});
afterEach(() => gateway.close());

const run = (...args: string[]) => weir(args, gateway.environment);

const tableOfBudget = [
  'SCOPE         LIMIT                MODELS  USED  HELD   REMAINING  RESETS',
  'key/aaaaaaaa  $10 a month          *       $8.1  $0.25  $1.65      2026-11-28T07:00:00Z',
  'key/aaaaaaaa  4 parallel requests  gpt-5*  -     -      -          -',
  '',
];

test('limits are set by options, and shown as they stand', async () => {
  gateway.answer(writeBudget, () => budget);
  const options =
    '--usd 10/month --usd 1/day:gpt-5* --requests 60/minute --parallel 4 --soft --contact finance@example.com';
  const { code, err, out } = await run(
    'budgets',
    'set',
    'key/aaaaaaaa',
    ...options.split(' '),
    '--if-revision',
    '6',
  );
  expect(code).toBe(0);
  expect(out.split('\n')).toEqual(tableOfBudget);
  expect(err).toContain('Who is refused is told to ask finance@example.com.');
  expect(gateway.calls).toMatchObject([
    {
      fields: {
        scope: 'key',
        id: 'aaaaaaaa',
        limits: [
          { unit: 'usd', limit: '10', window: 'month', model: '*', hard: false },
          { unit: 'usd', limit: '1', window: 'day', model: 'gpt-5*', hard: false },
          { unit: 'requests', limit: 60, window: 'minute', hard: false },
          { unit: 'parallel_requests', limit: 4, hard: false },
        ],
        contact: 'finance@example.com',
      },
      headers: { 'if-match': '"6"' },
    },
  ]);
});

test('the secret of a new webhook is made here, and shown once', async () => {
  gateway.answer(writeBudget, () => budget);
  const url = 'https://hooks.example.com/weir';
  const { code, err } = await run('budgets', 'set', 'tag/acme/batch', '--usd', '5/day', '--webhook', url);
  expect(code).toBe(0);
  const [call] = gateway.calls;
  const { alerts } = writeBudget.input.parse(call?.fields);
  const [webhook] = alerts?.webhooks ?? [];
  expect(webhook).toEqual({ url, secret: expect.stringMatching(/^[\w-]{43}$/) as unknown });
  expect(call?.fields).toMatchObject({ scope: 'tag', id: 'batch', organisation_id: 'acme' });
  expect(err).toContain(webhook?.secret);
});

test('budgets are listed with a line for each limit, and one is shown by the name of its scope', async () => {
  gateway.answer(listBudgets, () => ({ data: [budget], has_more: false, next: null }));
  gateway.answer(readBudget, () => budget);
  expect((await run('budgets', 'list', '--scope', 'key')).out.split('\n')).toEqual(tableOfBudget);
  const { err, out } = await run('budgets', 'show', 'key/aaaaaaaa');
  expect(out.split('\n')).toEqual(tableOfBudget);
  expect(err).toContain('What is used cannot be told at the moment.');
});

test.each([
  [['key/aaaaaaaa'], 'Say which limits: --usd'],
  [['key/aaaaaaaa', '--usd', '10'], 'limits.0.window'],
  [['key/aaaaaaaa', '--usd', '1.0123456789/day'], 'at most nine decimals'],
  [['abcd1234', '--usd', '1/day'], 'It must be installation, organisation/<id>'],
])('set %j is a usage error that says what to write', async (args, message) => {
  const { code, err } = await run('budgets', 'set', ...args);
  expect(code).toBe(2);
  expect(err).toContain(message);
  expect(gateway.calls).toEqual([]);
});
