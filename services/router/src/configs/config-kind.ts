import type { ReplyOf } from '@weir/contracts/descriptors';
import type { listConfigRevisions, readConfig } from '@weir/contracts/admin/routing-configs';
import type { RoutingConfig } from '@weir/contracts/routing/config';
import {
  type DocumentKind,
  recordFields,
  revisionFields,
} from '@weir/service-kit/admin/documents/document-kind';
import type { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import { compileConfig } from '../domain/routing/compile.ts';
import type { ProviderFinder } from '../domain/routing/provider-finder.ts';
import { unusableTargets } from '../domain/routing/target-provider.ts';
import type { TenantProviders } from '../domain/tenant-providers.ts';
import { type ConfigLibrary, configNotFound } from './config-library.ts';
import { configSecrets } from './config-secrets.ts';
import { maxStoredBytes, readConfigText } from './config-text.ts';
import { openStored, readStored, showStored, type StoredConfig } from './stored-config.ts';

interface Dependencies {
  readonly configs: Pick<ConfigLibrary, 'warningsOf'>;
  readonly finder: ProviderFinder;
  readonly providers: TenantProviders;
  readonly masterKeys: MasterKeys;
}

type ConfigRecord = ReplyOf<typeof readConfig>;
type ConfigRevision = ReplyOf<typeof listConfigRevisions>['data'][number];
type ConfigKind = DocumentKind<StoredConfig, RoutingConfig, ConfigRecord, ConfigRevision>;

/** Routing configs, as documents that admins write. */
export function createConfigKind({ configs, finder, providers, masterKeys }: Dependencies): ConfigKind {
  const show: ConfigKind['show'] = (stored, name) => showStored(stored, { name, masterKeys });
  return {
    name: 'config',
    parse: (text, { name, previous }) =>
      configSecrets.unmask(readConfigText(text, maxStoredBytes), {
        ...{ name, masterKeys },
        previous: previous && readStored(previous),
      }),
    check(config) {
      const compiled = compileConfig(config, finder);
      return [...compiled.warnings, ...unusableTargets(compiled, providers)];
    },
    store: (config, { name, updatedAtMs }) => ({
      config: configSecrets.encrypt(config, { name, masterKeys }),
      updatedAtMs,
    }),
    open: (stored, name) => openStored(stored, { name, masterKeys }),
    show,
    warningsOf: (name) => configs.warningsOf(name),
    toRecord: (entry, warnings) => ({
      ...recordFields(entry, warnings),
      config: show(entry.value, entry.key),
    }),
    toRevision: (past) => ({
      ...revisionFields(past),
      config: past.value ? show(past.value, past.key) : null,
    }),
    notFound: configNotFound,
  };
}
