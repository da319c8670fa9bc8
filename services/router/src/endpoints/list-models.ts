import type { listModels } from '@weir/contracts/router';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import { compileAccess, findForbidden } from '../domain/access/access-rules.ts';
import type { TenantCatalogues } from '../domain/tenant-catalogues.ts';

/** Every model that the caller may name now, in the order of the providers. */
export function createListModels(
  catalogues: Pick<TenantCatalogues, 'of'>,
): EndpointHandler<typeof listModels> {
  return ({ envelope: { tenant, access } }) => {
    const catalogue = catalogues.of(tenant);
    const rules = access && compileAccess(access);
    const data = catalogue.list(
      rules &&
        (({ provider, model }) =>
          findForbidden(rules, {
            provider,
            model: model.id,
            furtherModels: undefined,
            askedModel: undefined,
            isOfRequest: false,
          }) === undefined),
    );
    return { object: 'list', data };
  };
}
