import { priceKey, type ModelPrice, type StoredPrice } from '@weir/contracts/cost/prices';
import { expect, test } from 'vitest';
import { PriceBook, type PriceStore } from './price-book.ts';

const at = (time: string) => Date.parse(time);
const now = at('2026-09-01T00:00:00Z');

const provider = (name: string, baseUrl = 'https://llm.example.com/v1', isOwnHost = false) => ({
  name,
  baseUrl,
  isOwnHost,
});
const openai = provider('openai', 'https://api.openai.com/v1');
const anthropic = provider('anthropic', 'https://api.anthropic.com');
const gpt4o = [2.5, 10];

const usdOf = (price: ModelPrice | undefined) =>
  price && [price.rates.input / 1_000_000_000, price.rates.output / 1_000_000_000];

test.each([
  [openai, 'gpt-4o', gpt4o],
  [openai, 'GPT-4o', gpt4o],
  [openai, 'gpt-4o-2024-08-06', gpt4o],
  [openai, 'gpt-4o-2024-05-13', [5, 15]],
  [openai, 'gpt-4o-mini', [0.15, 0.6]],
  [anthropic, 'claude-haiku-4-5', [1, 5]],
  [anthropic, 'claude-haiku-4-5-20251001', [1, 5]],
  [provider('lab', 'https://api.openai.com/v1'), 'gpt-4o', gpt4o],
  [provider('openai', 'https://proxy.example.com/v1'), 'gpt-4o', gpt4o],
  [provider('azure', 'https://acme.openai.azure.com/openai/v1'), 'gpt-4o', gpt4o],
  [provider('openrouter', 'https://openrouter.ai/api/v1'), 'openai/gpt-4o', gpt4o],
  [
    provider('gemini', 'https://generativelanguage.googleapis.com/v1beta/openai'),
    'gemini-2.5-pro',
    [1.25, 10],
  ],
])('$name has a price for %s', (host, id, usd) => {
  expect(usdOf(new PriceBook().find(host, id, now))).toEqual(usd);
});

test.each([
  [openai, 'gpt-4o-of-next-year'],
  [openai, 'gpt-4o-mini-tuned-for-us'],
  [openai, 'openai/gpt-4o'],
  [openai, '__proto__'],
  [anthropic, 'claude-haiku-4-5-turbo'],
  [anthropic, 'claude-haiku-4-5-99991001'],
  [anthropic, 'gpt-4o'],
  [provider('my-openai'), 'gpt-4o'],
  [provider('__proto__'), 'gpt-4o'],
  [provider('mistral', 'https://api.mistral.ai/v1'), 'mistral-ocr-latest'],
])(
  'what only looks like a known model, or is not billed by text tokens, has no price, and is not free: %#',
  (host, id) => {
    expect(new PriceBook().find(host, id, now)).toBeUndefined();
  },
);

test.each([
  ['override', 'gpt-4o', 'gpt-4o'],
  ['override', 'gpt-4o', 'gpt-4o-2024-08-06'],
  ['synced', 'gpt-4o', 'GPT-4o'],
] as const)(
  'a model whose %s price cannot be read has none, and not the one that it had',
  (origin, model, asked) => {
    const listeners: Parameters<PriceStore['watch']>[0][] = [];
    const book = new PriceBook();
    book.follow({ watch: (listener) => listeners.push(listener) });
    const key = priceKey({ origin, provider: 'openai', model });
    const fault = new Error('unreadable');
    for (const listener of listeners) listener(key, { fault });
    expect(book.find(openai, asked, now)).toBeUndefined();
    expect(book.unreadable(openai, asked)).toBe(fault);
    expect(usdOf(book.find(openai, 'gpt-4o-mini', now))).toEqual([0.15, 0.6]);
    for (const listener of listeners) listener(key, undefined);
    expect(usdOf(book.find(openai, asked, now))).toEqual(gpt4o);
  },
);

test("a model on one's own host has a price, which is nothing, without a table being read", () => {
  const book = new PriceBook({
    readSeed: () => {
      throw new Error('was read');
    },
  });
  const local = book.find(provider('ollama', 'http://gpu-box:11434', true), 'llama3.2', now);
  expect(local).toEqual({ id: 'local', rates: { input: 0, output: 0 } });
});

test('the same price has the same id everywhere, and another price another', () => {
  const id = (model: string, atMs = now) => new PriceBook().find(openai, model, atMs)?.id;
  expect(id('gpt-5-mini')).toMatch(/^openai\/gpt-5-mini@[0-9a-f]{8}$/);
  expect(id('gpt-5-mini-2025-08-07')).toBe(id('gpt-5-mini'));
  expect(id('o3')).toMatch(/^openai\/o3@2025-06-10\.[0-9a-f]{8}$/);
  expect(id('o3', at('2025-06-09T00:00:00Z'))).not.toBe(id('o3'));
});

type Written = Omit<StoredPrice, 'writtenAtMs'>;

/** A bucket in which a test puts prices. */
function aStore() {
  const listeners: Parameters<PriceStore['watch']>[0][] = [];
  const put = (stored: Written) => {
    for (const each of listeners) each(priceKey(stored), { value: { ...stored, writtenAtMs: 1 } });
  };
  const remove = (stored: Written) => {
    for (const each of listeners) each(priceKey(stored), undefined);
  };
  return { put, remove, watch: (listener: (typeof listeners)[number]) => void listeners.push(listener) };
}

const usd = 1_000_000_000;
const dated = (input: number, from?: string) => ({
  price: { id: `test-${input}`, rates: { input: input * usd, output: usd } },
  ...(from !== undefined && { fromMs: at(from) }),
});
const override = (name: string, model: string, ...prices: StoredPrice['prices']): Written => ({
  origin: 'override',
  provider: name,
  model,
  prices,
});
const synced = (name: string, model: string, ...prices: StoredPrice['prices']): Written => ({
  origin: 'synced',
  provider: name,
  model,
  prices,
  aliases: [`${model}-alias`],
});

function followed() {
  const [book, store] = [new PriceBook(), aStore()];
  book.follow(store);
  const inputOf = (host: typeof openai, model: string, atMs = now) =>
    usdOf(book.find(host, model, atMs))?.[0];
  return { ...store, inputOf };
}

test('an override goes before what was synced, and that before the prices that come with the gateway; each may go again', () => {
  const { put, remove, inputOf } = followed();
  expect(inputOf(openai, 'gpt-4o')).toBe(2.5);
  put(synced('openai', 'gpt-4o', dated(3)));
  expect(inputOf(openai, 'gpt-4o')).toBe(3);
  expect(inputOf(openai, 'gpt-4o-alias')).toBe(3);
  put(override('openai', 'gpt-4o', dated(4)));
  expect(inputOf(openai, 'gpt-4o')).toBe(4);
  expect(inputOf(openai, 'GPT-4O')).toBe(4);
  remove(override('openai', 'gpt-4o', dated(4)));
  expect(inputOf(openai, 'gpt-4o')).toBe(3);
  remove(synced('openai', 'gpt-4o', dated(3)));
  expect(inputOf(openai, 'gpt-4o')).toBe(2.5);
});

test('an override is of its provider by name, or of the one that it stands for; it prices aliases, unknown models and own hosts', () => {
  const { put, inputOf } = followed();
  const lab = provider('lab', 'https://api.openai.com/v1');
  put(override('openai', 'gpt-4o', dated(4)));
  expect([
    inputOf(lab, 'gpt-4o'),
    inputOf(lab, 'gpt-4o-2024-08-06'),
    inputOf(lab, 'gpt-4o-2024-05-13'),
  ]).toEqual([4, 4, 5]);
  put(override('lab', 'gpt-4o', dated(5)));
  expect([inputOf(lab, 'gpt-4o'), inputOf(openai, 'gpt-4o')]).toEqual([5, 4]);
  put(override('ollama', 'meta/llama:70b', dated(6)));
  expect(inputOf(provider('ollama', 'http://gpu-box:11434', true), 'meta/llama:70b')).toBe(6);
  put(override('acme', 'acme-large', dated(0)));
  expect(inputOf(provider('acme'), 'acme-large')).toBe(0);
});

test('an override holds from its day on, and what was in force before stays so for what began before', () => {
  const { put, inputOf } = followed();
  put(override('openai', 'gpt-4o', dated(4, '2026-08-01'), dated(5, '2026-10-01')));
  const on = (day: string) => inputOf(openai, 'gpt-4o', at(day));
  expect([on('2026-07-31'), on('2026-08-01'), on('2026-09-30'), on('2026-10-01')]).toEqual([2.5, 4, 4, 5]);
});

test('a provider that was only synced has prices, and what is in quarantine has none', () => {
  const { put, inputOf } = followed();
  expect(inputOf(provider('acme'), 'large')).toBeUndefined();
  put({ ...synced('acme', 'large', dated(1)), origin: 'quarantined' });
  expect(inputOf(provider('acme'), 'large')).toBeUndefined();
  put(synced('acme', 'large', dated(1)));
  expect(inputOf(provider('acme'), 'large')).toBe(1);
  const azure = provider('azure', 'https://acme.openai.azure.com/openai/v1');
  expect(inputOf(azure, 'gpt-4o')).toBe(2.5);
  put(synced('openai', 'gpt-4o', dated(7)));
  expect(inputOf(azure, 'gpt-4o')).toBe(7);
});
