import type { AdminEndpoint } from './admin-endpoint.ts';
import { createAdminKey, deleteAdminKey, listAdminKeys } from './admin-keys.ts';
import { listAudit, verifyAudit } from './audit.ts';
import { deleteBudget, listBudgets, readBudget, writeBudget } from './budgets.ts';
import {
  deleteCacheEntry,
  listCacheEntries,
  listCachePartitions,
  purgeCache,
  readCacheEntry,
  readCacheRules,
  writeCacheRules,
} from './cache.ts';
import {
  checkCredential,
  createCredential,
  deleteCredential,
  listCredentials,
  updateCredential,
} from './credentials.ts';
import { dryRunGuardrails } from './dry-run-guardrails.ts';
import { dryRunRouting } from './dry-run-routing.ts';
import { gatewayStatus } from './gateway-status.ts';
import {
  deletePolicy,
  listPolicies,
  listPolicyRevisions,
  readPolicy,
  rollBackPolicy,
  writePolicy,
} from './guardrail-policies.ts';
import {
  createOrganisation,
  deleteOrganisation,
  listOrganisations,
  readOrganisation,
  updateOrganisation,
} from './organisations.ts';
import { deletePrice, exportPrices, listPrices, syncPrices, writePrice } from './prices.ts';
import { readCostReport, readForecast } from './reports.ts';
import {
  deleteConfig,
  listConfigRevisions,
  listConfigs,
  readConfig,
  rollBackConfig,
  writeConfig,
} from './routing-configs.ts';
import { createTeam, deleteTeam, listTeams, readTeam, updateTeam } from './teams.ts';
import { importUsage, listUsage } from './usage.ts';
import { createUser, deleteUser, listUsers, readUser, updateUser } from './users.ts';
import {
  createKey,
  deleteKey,
  importKeys,
  listKeys,
  readKey,
  revokeKey,
  rotateKey,
  updateKey,
} from './virtual-keys.ts';

/** The whole admin API. What is listed here is served, documented, guarded and in the client. */
export const adminApi: readonly AdminEndpoint[] = [
  listOrganisations,
  createOrganisation,
  readOrganisation,
  updateOrganisation,
  deleteOrganisation,
  listTeams,
  createTeam,
  readTeam,
  updateTeam,
  deleteTeam,
  listUsers,
  createUser,
  readUser,
  updateUser,
  deleteUser,
  listKeys,
  createKey,
  importKeys,
  readKey,
  updateKey,
  rotateKey,
  revokeKey,
  deleteKey,
  listCredentials,
  createCredential,
  updateCredential,
  deleteCredential,
  checkCredential,
  listConfigs,
  readConfig,
  writeConfig,
  deleteConfig,
  listConfigRevisions,
  rollBackConfig,
  dryRunRouting,
  listPolicies,
  readPolicy,
  writePolicy,
  deletePolicy,
  listPolicyRevisions,
  rollBackPolicy,
  dryRunGuardrails,
  readCacheRules,
  writeCacheRules,
  listCacheEntries,
  readCacheEntry,
  deleteCacheEntry,
  purgeCache,
  listCachePartitions,
  listBudgets,
  readBudget,
  writeBudget,
  deleteBudget,
  listPrices,
  exportPrices,
  writePrice,
  deletePrice,
  syncPrices,
  listAdminKeys,
  createAdminKey,
  deleteAdminKey,
  listAudit,
  verifyAudit,
  readCostReport,
  readForecast,
  listUsage,
  importUsage,
  gatewayStatus,
];
