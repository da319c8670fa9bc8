import type { ListedModel, ListedPrice, PriceList } from '@weir/contracts/cost/price-list';

type ServiceTiers = NonNullable<ListedPrice['tiers']>;

/**
 * What the published data does not have. Sources: OpenAI's pricing page (standard, batch, flex and priority), by October 2026, and
 * LiteLLM's table for the families since GPT-5.6; Anthropic's pricing page for batches. A number multiplies the standard prices.
 */
const half: ServiceTiers = { batch: 0.5, flex: 0.5 };
const batchOnly: ServiceTiers = { batch: 0.5 };

const openaiTiers: Readonly<Record<string, ServiceTiers>> = {
  'gpt-6-astra': { ...half, priority: 2, ultrafast: 6 },
  'gpt-6-sol': { ...half, priority: 2 },
  'gpt-6-luna': { ...half, priority: 2 },
  'gpt-5.6-sol': { ...half, priority: 2 },
  'gpt-5.6-terra': { ...half, priority: 2 },
  'gpt-5.6-luna': { ...half, priority: 2 },
  'gpt-5.5': { ...half, priority: 2.5 },
  'gpt-5.5-pro': half,
  'gpt-5.4': { ...half, priority: 2 },
  'gpt-5.4-mini': { ...half, priority: 2 },
  'gpt-5.4-nano': half,
  'gpt-5.4-pro': half,
  'gpt-5.3-codex': { priority: 2 },
  'gpt-5.2': { ...half, priority: 2 },
  'gpt-5.2-pro': batchOnly,
  'gpt-5.1': { ...half, priority: 2 },
  'gpt-5': { ...half, priority: 2 },
  'gpt-5-mini': { ...half, priority: 1.8 },
  'gpt-5-nano': half,
  'gpt-5-pro': batchOnly,
  'gpt-4.1': { ...batchOnly, priority: 1.75 },
  'gpt-4.1-mini': { ...batchOnly, priority: 1.75 },
  'gpt-4.1-nano': { ...batchOnly, priority: 2 },
  'gpt-4o': { ...batchOnly, priority: 1.7 },
  'gpt-4o-2024-05-13': { ...batchOnly, priority: 1.75 },
  'gpt-4o-mini': { ...batchOnly, priority: { input: 0.25, cacheRead: 0.125, output: 1 } },
  o1: batchOnly,
  'o1-pro': batchOnly,
  o3: { ...half, priority: 1.75 },
  'o3-mini': batchOnly,
  'o3-pro': batchOnly,
  'o4-mini': { ...half, priority: { input: 2, cacheRead: 0.5, output: 8 } },
};

/** Names that the data knows by their beginning alone. */
const aliases: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  openai: { 'gpt-5-nano': ['gpt-5-nano-2025-08-07'] },
  anthropic: {
    'claude-3-7-sonnet-latest': ['claude-3-7-sonnet-20250219'],
    'claude-3-5-sonnet': ['claude-3-5-sonnet-latest'],
    'claude-3-5-haiku-latest': ['claude-3-5-haiku-20241022'],
  },
};

/** The list with service tiers and names of ours: the same for the prices that come with the gateway and for synced ones. */
export function withOverlays(list: PriceList): PriceList {
  const providers = Object.entries(list.providers).map(([name, provider]) => {
    const models = Object.entries(provider.models).map(([id, model]) => [id, withOverlay(name, id, model)]);
    return [name, { ...provider, models: Object.fromEntries(models) as Record<string, ListedModel> }];
  });
  return { ...list, providers: Object.fromEntries(providers) as PriceList['providers'] };
}

function withOverlay(
  provider: string,
  id: string,
  { aliases: names = [], prices }: ListedModel,
): ListedModel {
  const tiers = tiersOf(provider, id);
  const all = [...new Set([...names, ...(aliases[provider]?.[id] ?? [])])];
  return {
    ...(all.length > 0 && { aliases: all }),
    prices: prices.map((price) => (tiers && !price.tiers ? { ...price, tiers } : price)),
  };
}

function tiersOf(provider: string, id: string): ServiceTiers | undefined {
  if (provider === 'anthropic') return batchOnly;
  return provider === 'openai' && Object.hasOwn(openaiTiers, id) ? openaiTiers[id] : undefined;
}
