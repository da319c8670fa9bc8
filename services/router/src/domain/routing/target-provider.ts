import { Fault } from '@weir/service-kit/fault';
import type { Provider } from '../provider.ts';
import type { TenantProviders } from '../tenant-providers.ts';
import type { CompiledConfig, Target } from './compiled-config.ts';

/**
 * The provider of a target, with the credentials that the tenant's requests use there; undefined where it follows from the
 * model's name, and an `invalid_config` where they have none. It does not tell what credentials others have.
 */
export function providerOfTarget(
  { provider, credential, param }: Target,
  tenant: string,
  providers: Pick<TenantProviders, 'forTenant' | 'credentialNamed' | 'withCredential'>,
): Provider | Fault | undefined {
  const stored = credential && providers.credentialNamed(credential.name, tenant);
  if (stored) {
    const found = providers.withCredential(stored);
    if (!found) return unusable(param, 'is for a provider that is not configured here');
    const { besideProvider = found.name } = credential;
    return besideProvider === found.name ? found : unusable(param, `is not for the "provider" beside it`);
  }
  if (credential && !credential.isProviderName) return unusable(param, credential.unknown);
  return provider && (providers.forTenant(provider, tenant) ?? unusable(param, withoutKey(provider)));
}

/** What of a config no tenant can use, whatever credentials are stored for it: a sentence for each such target. */
export function unusableTargets(
  { tenantTargets }: CompiledConfig,
  providers: Pick<TenantProviders, 'isCredentialName' | 'isUsable'>,
): string[] {
  return tenantTargets.flatMap(({ provider, credential, param }) => {
    if (credential && providers.isCredentialName(credential.name)) return [];
    if (credential && !credential.isProviderName) return [`${param} ${credential.unknown}`];
    return provider && !providers.isUsable(provider) ? [`${param} ${withoutKey(provider)}`] : [];
  });
}

function withoutKey({ name }: Provider): string {
  return `"${name}" is not configured with a key, so the target needs an "api_key" or a stored credential`;
}

function unusable(param: string, problem: string): Fault {
  return new Fault('invalid_config', { message: `${param} ${problem}.`, param });
}
