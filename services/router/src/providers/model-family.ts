import type { ProviderModel } from '../domain/provider.ts';

/** Models of the same limits. */
export function modelFamily(limits: Omit<ProviderModel, 'id'>, ids: readonly string[]): ProviderModel[] {
  return ids.map((id) => ({ id, ...limits }));
}
