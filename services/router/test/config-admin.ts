import { changeMade } from '@weir/contracts/audit-events';
import type { DataOf, Endpoint, ReplyOf, RequestOf } from '@weir/contracts/descriptors';
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
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import type { Store } from '@weir/service-kit/bus/store';
import { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import { seal, sealingKeysOf } from '@weir/service-kit/crypto/sealed-box';
import { createLogger, type Logger } from '@weir/service-kit/logger';
import { testEnvelope } from '@weir/testkit/envelope';
import { FakeClock } from '@weir/testkit/fake-clock';
import { MemoryStore } from '@weir/testkit/memory-store';
import { createChangeLog } from '@weir/service-kit/admin/change-log';
import { ConfigLibrary } from '../src/configs/config-library.ts';
import { StoredCredentials } from '../src/credentials/stored-credentials.ts';
import { HostPolicy } from '@weir/service-kit/outbound/host-policy';
import { TenantProviders } from '../src/domain/tenant-providers.ts';
import { createDeleteConfig } from '../src/endpoints/delete-config.ts';
import { createListConfigRevisions } from '../src/endpoints/list-config-revisions.ts';
import { createListConfigs } from '../src/endpoints/list-configs.ts';
import { createReadConfig } from '../src/endpoints/read-config.ts';
import { createRollBackConfig } from '../src/endpoints/roll-back-config.ts';
import { createWriteConfig } from '../src/endpoints/write-config.ts';
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
  const writeSealed = asFunction(writeConfig, createWriteConfig(parts), actor);
  return {
    clock,
    configs,
    providers,
    credentialStore,
    /** What the audit log was told. */
    changes,
    sealText,
    list: asFunction(listConfigs, createListConfigs(parts), actor),
    read: asFunction(readConfig, createReadConfig(parts), actor),
    write: (name: string, config: object, expectedRevision?: number | 'none') =>
      writeSealed({ name, sealedConfig: sealText(JSON.stringify(config)), expectedRevision }),
    writeSealed,
    delete: asFunction(deleteConfig, createDeleteConfig(parts), actor),
    listRevisions: asFunction(listConfigRevisions, createListConfigRevisions(parts), actor),
    rollBack: asFunction(rollBackConfig, createRollBackConfig(parts), actor),
  };
}

export type ConfigAdmin = ReturnType<typeof createConfigAdmin>;

/** What comes back is what the contract lets through. */
function asFunction<E extends Endpoint>(endpoint: E, handler: EndpointHandler<E>, actor?: Actor) {
  return async (data: RequestOf<E>): Promise<ReplyOf<E>> => {
    const signal = new AbortController().signal;
    const reply = await handler({ data, envelope: { ...testEnvelope(), ...(actor && { actor }) }, signal });
    return endpoint.reply.parse(reply) as ReplyOf<E>;
  };
}
