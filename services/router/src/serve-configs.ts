import {
  deleteConfig,
  listConfigRevisions,
  listConfigs,
  readConfig,
  rollBackConfig,
  writeConfig,
} from '@weir/contracts/admin/routing-configs';
import type { routingConfigs } from '@weir/contracts/routing/buckets';
import { routerSealingKey } from '@weir/contracts/sealing-key';
import type { ChangeLog } from '@weir/service-kit/admin/change-log';
import { createDocumentChanger } from '@weir/service-kit/admin/documents/change-documents';
import { createDocumentReader } from '@weir/service-kit/admin/documents/read-documents';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Store } from '@weir/service-kit/bus/store';
import type { Clock } from '@weir/service-kit/clock';
import type { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import type { SealingKeys } from '@weir/service-kit/crypto/sealed-box';
import { createConfigKind } from './configs/config-kind.ts';
import type { ConfigLibrary } from './configs/config-library.ts';
import type { ProviderFinder } from './domain/routing/provider-finder.ts';
import type { TenantProviders } from './domain/tenant-providers.ts';
import { createSealingKey } from './endpoints/sealing-key.ts';

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
  const kind = createConfigKind(parts);
  const reader = createDocumentReader({ ...parts, kind });
  const changer = createDocumentChanger({ ...parts, kind });
  bus.serve(routerSealingKey, createSealingKey(parts.sealingKeys));
  bus.serve(listConfigs, ({ data }) => reader.list(data));
  bus.serve(readConfig, ({ data }) => reader.read(data));
  bus.serve(writeConfig, ({ data: { sealedConfig, ...change }, envelope }) =>
    changer.write({ ...change, sealed: sealedConfig }, envelope),
  );
  bus.serve(deleteConfig, ({ data, envelope }) => changer.delete(data, envelope));
  bus.serve(listConfigRevisions, ({ data }) => reader.listRevisions(data));
  bus.serve(rollBackConfig, ({ data, envelope }) => changer.rollBack(data, envelope));
}
