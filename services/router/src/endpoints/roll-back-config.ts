import type { rollBackConfig } from '@weir/contracts/admin/routing-configs';
import type { routingConfigs } from '@weir/contracts/routing/buckets';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import type { Store } from '@weir/service-kit/bus/store';
import type { Clock } from '@weir/service-kit/clock';
import type { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import { Fault } from '@weir/service-kit/fault';
import type { ChangeLog } from '@weir/service-kit/admin/change-log';
import { configChange, configNotFound, toConfigRecord, toWriteOptions } from '../configs/config-record.ts';
import { openStored } from '../configs/stored-config.ts';
import { compileConfig } from '../domain/routing/compile.ts';
import type { ProviderFinder } from '../domain/routing/provider-finder.ts';
import { unusableTargets } from '../domain/routing/target-provider.ts';
import type { TenantProviders } from '../domain/tenant-providers.ts';

interface Dependencies {
  readonly store: Pick<Store<typeof routingConfigs>, 'history' | 'put'>;
  readonly finder: ProviderFinder;
  readonly providers: TenantProviders;
  readonly changeLog: ChangeLog;
  readonly masterKeys: MasterKeys;
  readonly clock: Clock;
}

/** Makes a former state the newest, of a deleted config too, provided that it still works here. */
export function createRollBackConfig({
  store,
  finder,
  providers,
  changeLog,
  masterKeys,
  clock,
}: Dependencies): EndpointHandler<typeof rollBackConfig> {
  return async ({ data: { name, revision, expectedRevision }, envelope }) => {
    const history = await store.history(name);
    if (history.length === 0) throw configNotFound(name);
    const past = history.find((entry) => entry.revision === revision)?.value;
    if (!past) throw new Fault('revision_not_found', { param: 'revision' });
    const compiled = compileConfig(openStored(past, { name, masterKeys }), finder);
    const warnings = [...compiled.warnings, ...unusableTargets(compiled, providers)];
    // Its secrets are encrypted already, and stay as they are.
    const value = { ...past, updatedAtMs: clock.nowMs() };
    const newest = await store.put(name, value, toWriteOptions(expectedRevision));
    const states = { before: history[0]?.value, after: value };
    changeLog.record(envelope, configChange('config.rollback', name, states, masterKeys));
    return toConfigRecord({ key: name, value, revision: newest }, warnings, masterKeys);
  };
}
