import type { listPrices } from '@weir/contracts/admin/prices';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import type { Clock } from '@weir/service-kit/clock';
import { compileNamePattern } from '@weir/service-kit/name-pattern';
import {
  catalogueOf,
  keyOf,
  toPriceRecord,
  type CatalogueEntry,
  type CatalogueParts,
} from './price-catalogue.ts';

interface Parts extends CatalogueParts {
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** The prices by provider and model. */
export function createListPrices(parts: Parts): EndpointHandler<typeof listPrices> {
  return ({ data: { limit, after, provider, model = '*', quarantined } }) => {
    const matches = compileNamePattern(model.toLowerCase());
    const found = catalogueOf(parts, provider).filter(
      (entry) =>
        (after === undefined || keyOf(entry) > Buffer.from(after, 'hex').toString()) &&
        namesOf(entry).some(matches) &&
        (quarantined === undefined || (entry.quarantined !== undefined) === (quarantined === 'true')),
    );
    const nowMs = parts.clock.nowMs();
    const page = found.slice(0, limit);
    const last = page.at(-1);
    const has_more = found.length > limit;
    return {
      data: page.map((entry) => toPriceRecord(entry, nowMs)),
      has_more,
      next: has_more && last ? cursorOf(last) : null,
    };
  };
}

const namesOf = ({ model, listed }: CatalogueEntry) =>
  [model, ...(listed?.aliases ?? [])].map((name) => name.toLowerCase());

/** Names may hold characters that URLs do not have. */
const cursorOf = (entry: CatalogueEntry) => Buffer.from(keyOf(entry)).toString('hex');
