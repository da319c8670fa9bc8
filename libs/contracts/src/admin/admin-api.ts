import type { AdminEndpoint } from './admin-endpoint.ts';
import { dryRunRouting } from './dry-run-routing.ts';
import { gatewayStatus } from './gateway-status.ts';
import {
  deleteConfig,
  listConfigRevisions,
  listConfigs,
  readConfig,
  rollBackConfig,
  writeConfig,
} from './routing-configs.ts';

/** The whole admin API. What is listed here is served, documented, guarded and in the client. */
export const adminApi: readonly AdminEndpoint[] = [
  listConfigs,
  readConfig,
  writeConfig,
  deleteConfig,
  listConfigRevisions,
  rollBackConfig,
  dryRunRouting,
  gatewayStatus,
];
