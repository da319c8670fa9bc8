import { waitForUpdate } from '@pydantic/genai-prices';
import { readSeedPrices } from '@weir/pricing/seed-prices';
import { expect, test } from 'vitest';
import { createPriceSource } from './price-source.ts';

const url = 'https://prices.example.com/data.json';
const sourceOf = (text: string, status = 200) =>
  createPriceSource({ url, fetch: async () => new Response(text, { status }) });

test("genai-prices' own data gives the prices that come with the gateway, service tiers included", async () => {
  const { providers } = await sourceOf(JSON.stringify(await waitForUpdate())).read();
  expect(providers).toEqual(readSeedPrices().providers);
});

test('an export is read as it is', async () => {
  const list = {
    source: 'Weir',
    providers: { acme: { models: { large: { prices: [{ input: 1, output: 2 }] } } } },
  };
  expect(await sourceOf(JSON.stringify(list)).read()).toEqual(list);
});

test.each([
  ['not JSON', '<html>', 200, /not JSON/],
  ['something else', '{"models":[]}', 200, /no list of prices/],
  [
    'a price that is none',
    '{"source":"x","providers":{"a":{"models":{"b":{"prices":[{"input":"1","output":2}]}}}}}',
    200,
    /providers\.a/,
  ],
  ['an error', 'gone', 404, /status 404/],
])('what is no list of prices is refused, and said to be so: %s', async (_, text, status, message) => {
  await expect(sourceOf(text, status).read()).rejects.toMatchObject({
    code: 'upstream_invalid_response',
    message: expect.stringMatching(message) as string,
  });
});
