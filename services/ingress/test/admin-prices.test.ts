import { deletePrice, writePrice } from '@weir/contracts/admin/prices';
import { expect, test } from 'vitest';
import { askAdmin, startAdmin } from './admin-harness.ts';

test('a model with slashes and colons in its name is one segment of the path, however long it is', async () => {
  const ingress = await startAdmin();
  const models = ['meta-llama/Llama-3.3-70B:free', `org/${'x'.repeat(252)}`];
  const asked: unknown[] = [];
  ingress.bus.answer(writePrice, ({ provider, model, input }) => {
    asked.push({ provider, model, input });
    return { provider, model, aliases: [], origin: 'override', price: null, schedule: [], quarantined: null };
  });
  ingress.bus.answer(deletePrice, ({ provider, model }) => ({ provider, model, deleted: true }));
  for (const model of models) {
    const path = `/prices/acme/${encodeURIComponent(model)}`;
    const response = await askAdmin(ingress, 'PUT', path, { body: { input: '0.5', output: '0' } });
    expect([response.status, asked.pop()]).toEqual([200, { provider: 'acme', model, input: '0.5' }]);
    expect(await (await askAdmin(ingress, 'DELETE', path)).json()).toMatchObject({ model, deleted: true });
  }
});

test.each([
  ['half a price', { input: '1' }, /output/],
  ['a number', { input: 1, output: '1' }, /input/],
  ['a price below zero', { input: '-1', output: '1' }, /input/],
  ['a kind that there is not', { input: '1', output: '1', cached: '1' }, /cached/],
  ['bounds that do not rise', { input: '1', output: '1', context_tiers: [tier(2), tier(1)] }, /rising/],
])('%s is refused, and said to be so', async (_, body, message) => {
  const ingress = await startAdmin();
  const response = await askAdmin(ingress, 'PUT', '/prices/acme/large', { body });
  expect([response.status, JSON.stringify(await response.json())]).toEqual([
    400,
    expect.stringMatching(message),
  ]);
});

function tier(above_input_tokens: number) {
  return { above_input_tokens, input: '1', output: '1' };
}
