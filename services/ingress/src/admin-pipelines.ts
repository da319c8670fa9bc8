import type { Bus } from '@weir/service-kit/bus/bus';
import type { Logger } from '@weir/service-kit/logger';
import type { SealingKey } from './domain/sealing-key.ts';
import {
  configSchema,
  putConfig,
  removeConfig,
  restoreConfig,
  rollbackSchema,
} from './stages/admin/change-configs.ts';
import { dryRun, dryRunSchema } from './stages/admin/dry-run-routing.ts';
import { readConfigName } from './stages/admin/read-config-name.ts';
import { readExpectation } from './stages/admin/read-expectation.ts';
import { readInput } from './stages/admin/read-input.ts';
import { readPage } from './stages/admin/read-page.ts';
import { showConfig, showConfigs, showRevisions } from './stages/admin/show-configs.ts';
import { showStatus } from './stages/admin/show-status.ts';
import type { AdminArrival } from './stages/arrival.ts';
import { requireAdmin } from './stages/require-admin.ts';
import { from } from './stages/stage.ts';

interface AdminParts {
  adminKey: string;
  bus: Bus;
  logger: Logger;
  sealingKey: SealingKey;
}

export type AdminPipelines = ReturnType<typeof createAdminPipelines>;

const maxConfigBytes = 64 * 1024;

/** What each request to the admin API goes through, and in which order. */
export const createAdminPipelines = ({ adminKey, ...parts }: AdminParts) => {
  const admin = from<AdminArrival>().through(requireAdmin({ adminKey }));
  const config = admin.through(readConfigName);
  const change = config.through(readExpectation);

  return {
    listConfigs: admin.through(readPage).to(showConfigs(parts)),

    readConfig: config.to(showConfig(parts)),

    listRevisions: config.to(showRevisions(parts)),

    writeConfig: change.through(readInput(configSchema, { maxBytes: maxConfigBytes })).to(putConfig(parts)),

    deleteConfig: change.to(removeConfig(parts)),

    rollBack: change.through(readInput(rollbackSchema)).to(restoreConfig(parts)),

    dryRun: admin.through(readInput(dryRunSchema)).to(dryRun(parts)),

    status: admin.to(showStatus(parts)),
  };
};
