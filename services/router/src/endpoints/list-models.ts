import type { listModels } from '@weir/contracts/router';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import type { Catalogue } from '../domain/catalogue.ts';

/** Every model that a request may name now, in the order of the providers. */
export function createListModels(catalogue: Catalogue): EndpointHandler<typeof listModels> {
  return () => ({ object: 'list', data: catalogue.list() });
}
