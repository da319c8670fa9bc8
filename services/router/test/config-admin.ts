import { changeMade } from '@weir/contracts/audit-events';
import type { DataOf } from '@weir/contracts/descriptors';
import type { Actor } from '@weir/contracts/envelope';
import { providerCredentials } from '@weir/contracts/keys/credentials';
import {
  deleteConfig,
  listConfigRevisions,
  listConfigs,
  readConfig,
  rollBackConfig,
  writeConfig,
} from '@weir/contracts/admin/routing-configs';
import { routingConfigs } from '@weir/contracts/routing/buckets';
import type { Store } from '@weir/service-kit/bus/store';
import { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import { seal, sealingKeysOf } from '@weir/service-kit/crypto/sealed-box';
import { createLogger, type Logger } from '@weir/service-kit/logger';
import { FakeClock } from '@weir/testkit/fake-clock';
import { MemoryStore } from '@weir/testkit/memory-store';
import { servedFunctions } from '@weir/testkit/served-functions';
import { createChangeLog } from '@weir/service-kit/admin/change-log';
import { ConfigLibrary } from '../src/configs/config-library.ts';
import { StoredCredentials } from '../src/credentials/stored-credentials.ts';
import { HostPolicy } from '@weir/service-kit/outbound/host-policy';
import { TenantProviders } from '../src/domain/tenant-providers.ts';
import { serveConfigs } from '../src/serve-configs.ts';
import { ProviderDirectory } from '../src/providers/directory.ts';
import { providersFromPresets, unkeyedProviders } from '../src/providers/from-presets.ts';

interface ConfigAdminOptions {
  store?: Store<typeof routingConfigs>;
  masterKeys?: MasterKeys;
  logger?: Logger;
  clock?: FakeClock;
  credentialStore?: Store<typeof providerCredentials>;
  /** Who administers; nobody without it. */
  actor?: Actor;
  /** What the replica is configured with. */
  env?: Record<string, string>;
}

export const silentLogger = createLogger({ service: 'router', instance: 'test', level: 'silent' });

export const testMasterKey = Buffer.alloc(32, 1);

/** One replica's part in keeping routing configs, without a bus: its library, and its endpoints as functions. */
export function createConfigAdmin({
  clock = new FakeClock(),
  store = new MemoryStore(routingConfigs, { clock }),
  masterKeys = new MasterKeys([testMasterKey]),
  logger = silentLogger,
  credentialStore = new MemoryStore(providerCredentials, { clock }),
  actor,
  env = { OPENAI_API_KEY: 'sk-operator', ANTHROPIC_API_KEY: 'sk-ant-operator' },
}: ConfigAdminOptions = {}) {
  const configured = providersFromPresets(env, () => undefined);
  const unkeyed = unkeyedProviders(env, configured);
  const finder = new ProviderDirectory({ configured, unkeyed, hostPolicy: new HostPolicy([]) });
  const sealingKeys = sealingKeysOf(masterKeys);
  const providers = new TenantProviders({
    providers: [...configured, ...unkeyed],
    credentials: new StoredCredentials({ store: credentialStore }),
    providerOf: (name) => finder.providerOfCredentials(name),
  });
  const configs = new ConfigLibrary({ store, finder, providers, masterKeys, sealingKeys, logger });
  const changes: { id: string; data: DataOf<typeof changeMade> }[] = [];
  const publishDurable = (_event: unknown, data: unknown, id: string) => {
    changes.push({ id, data: changeMade.data.parse(data) });
  };
  const changeLog = createChangeLog({ bus: { publishDurable }, clock });
  const parts = { store, finder, providers, configs, changeLog, masterKeys, sealingKeys, clock };
  const sealText = (text: string) => seal(text, sealingKeys.publicKey);
  const { callOf, serve } = servedFunctions(actor);
  serveConfigs({ serve }, parts);
  const writeSealed = callOf(writeConfig);
  return {
    clock,
    configs,
    providers,
    credentialStore,
    /** What the audit log was told. */
    changes,
    sealText,
    list: callOf(listConfigs),
    read: callOf(readConfig),
    write: (name: string, config: object, expectedRevision?: number | 'none') =>
      writeSealed({ name, sealedConfig: sealText(JSON.stringify(config)), expectedRevision }),
    writeSealed,
    delete: callOf(deleteConfig),
    listRevisions: callOf(listConfigRevisions),
    rollBack: callOf(rollBackConfig),
  };
}

export type ConfigAdmin = ReturnType<typeof createConfigAdmin>;
