import {
  deleteConfig,
  listConfigRevisions,
  listConfigs,
  readConfig,
  rollBackConfig,
  writeConfig,
} from '@weir/contracts/admin/routing-configs';
import { routerSealingKey } from '@weir/contracts/sealing-key';
import type { routingConfigs } from '@weir/contracts/routing/buckets';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Store } from '@weir/service-kit/bus/store';
import type { Clock } from '@weir/service-kit/clock';
import type { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import type { SealingKeys } from '@weir/service-kit/crypto/sealed-box';
import type { ChangeLog } from '@weir/service-kit/admin/change-log';
import type { ConfigLibrary } from './configs/config-library.ts';
import type { ProviderFinder } from './domain/routing/provider-finder.ts';
import type { TenantProviders } from './domain/tenant-providers.ts';
import { createDeleteConfig } from './endpoints/delete-config.ts';
import { createListConfigRevisions } from './endpoints/list-config-revisions.ts';
import { createListConfigs } from './endpoints/list-configs.ts';
import { createReadConfig } from './endpoints/read-config.ts';
import { createRollBackConfig } from './endpoints/roll-back-config.ts';
import { createSealingKey } from './endpoints/sealing-key.ts';
import { createWriteConfig } from './endpoints/write-config.ts';

interface ConfigParts {
  readonly configs: ConfigLibrary;
  readonly store: Store<typeof routingConfigs>;
  readonly finder: ProviderFinder;
  readonly providers: TenantProviders;
  readonly changeLog: ChangeLog;
  readonly masterKeys: MasterKeys;
  readonly sealingKeys: SealingKeys;
  readonly clock: Clock;
}

/** All that administers routing configs. Any replica answers: each has the same. */
export function serveConfigs(bus: Pick<Bus, 'serve'>, parts: ConfigParts): void {
  bus.serve(routerSealingKey, createSealingKey(parts.sealingKeys));
  bus.serve(listConfigs, createListConfigs(parts));
  bus.serve(readConfig, createReadConfig(parts));
  bus.serve(writeConfig, createWriteConfig(parts));
  bus.serve(deleteConfig, createDeleteConfig(parts));
  bus.serve(listConfigRevisions, createListConfigRevisions(parts));
  bus.serve(rollBackConfig, createRollBackConfig(parts));
}
