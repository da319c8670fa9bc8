import type { UsageRecord } from '@weir/contracts/usage-record';
import { calculateCost } from '@weir/pricing/calculate-cost';
import type { CatalogueEntry } from '../domain/catalogue.ts';
import type { Prices } from '../domain/prices.ts';
import type { TenantCatalogues } from '../domain/tenant-catalogues.ts';
import type { RequestContext } from '../engine/request-context.ts';

/** What the caller has named, where a config has led to `target`; undefined where nobody has such a model. */
export function modelAsked(
  { chat, configName, envelope }: RequestContext,
  target: CatalogueEntry,
  catalogues: TenantCatalogues,
): CatalogueEntry | undefined {
  if (configName === undefined) return target;
  try {
    const asked = catalogues.of(envelope.tenant).resolve(chat.model);
    const isSame = asked.provider.name === target.provider.name && asked.model.id === target.model.id;
    return isSame ? target : asked;
  } catch {
    return undefined;
  }
}

/** What the same usage would have cost there. */
export function costAt(
  { provider, model }: CatalogueEntry,
  usage: UsageRecord,
  prices: Prices,
): number | undefined {
  const price = prices.of(provider, model);
  return price && calculateCost(price, usage);
}
