import type { writeConfig } from '@weir/contracts/admin/routing-configs';
import type { routingConfigs } from '@weir/contracts/routing/buckets';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import type { Store } from '@weir/service-kit/bus/store';
import type { Clock } from '@weir/service-kit/clock';
import type { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import { openSealed, type SealingKeys } from '@weir/service-kit/crypto/sealed-box';
import type { ChangeLog } from '@weir/service-kit/admin/change-log';
import { configChange, toConfigRecord, toWriteOptions } from '../configs/config-record.ts';
import { encryptSecrets } from '../configs/config-secrets.ts';
import { maxStoredBytes, readConfigText } from '../configs/config-text.ts';
import { readStored } from '../configs/stored-config.ts';
import { compileConfig } from '../domain/routing/compile.ts';
import type { ProviderFinder } from '../domain/routing/provider-finder.ts';
import { unusableTargets } from '../domain/routing/target-provider.ts';
import type { TenantProviders } from '../domain/tenant-providers.ts';

interface Dependencies {
  readonly store: Pick<Store<typeof routingConfigs>, 'get' | 'put'>;
  readonly finder: ProviderFinder;
  readonly providers: TenantProviders;
  readonly changeLog: ChangeLog;
  readonly masterKeys: MasterKeys;
  readonly sealingKeys: SealingKeys;
  readonly clock: Clock;
}

/** Stores a config, once it is known to work here. What comes back is what was stored. */
export function createWriteConfig({
  store,
  finder,
  providers,
  changeLog,
  masterKeys,
  sealingKeys,
  clock,
}: Dependencies): EndpointHandler<typeof writeConfig> {
  return async ({ data: { name, sealedConfig, expectedRevision }, envelope }) => {
    const config = readConfigText(openSealed(sealedConfig, sealingKeys), maxStoredBytes);
    const compiled = compileConfig(config, finder);
    const warnings = [...compiled.warnings, ...unusableTargets(compiled, providers)];
    const replaced = store.get(name)?.value;
    const previous = replaced && readStored(replaced);
    const value = {
      config: encryptSecrets(config, { name, masterKeys, previous }),
      updatedAtMs: clock.nowMs(),
    };
    const revision = await store.put(name, value, toWriteOptions(expectedRevision));
    changeLog.record(
      envelope,
      configChange('config.write', name, { before: replaced, after: value }, masterKeys),
    );
    return toConfigRecord({ key: name, value, revision }, warnings, masterKeys);
  };
}
