import { createHash } from 'node:crypto';
import { parseConfig } from '@weir/service-kit/config';
import { systemClock } from '@weir/service-kit/clock';
import { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import { openDatabase } from '@weir/service-kit/database/database';
import { databaseConfigSchema } from '@weir/service-kit/database/database-config';
import { createLogger } from '@weir/service-kit/logger';
import { createMetrics } from '@weir/service-kit/metrics';
import { testMasterKey } from '@weir/testkit/gateway';
import { openInstallation } from '../src/vault/installation.ts';
import { wrapWithMasterKeys } from '../src/vault/key-wrapper.ts';

/** The service's tables, for a test that looks into them or changes them by hand. */
export async function openTables(url: string) {
  const [settings] = parseConfig([databaseConfigSchema], { DATABASE_URL: url });
  const logger = createLogger({ service: 'keys', instance: 'test', level: 'silent' });
  const metrics = createMetrics('keys');
  const database = await openDatabase({ settings, service: 'keys', clock: systemClock, logger, metrics });
  /** Rows as Postgres gives them. */
  const sql = async (text: string, ...values: unknown[]) => {
    const name = createHash('sha256').update(text).digest('hex').slice(0, 32);
    const { rows } = await database.query({ name, text }, values);
    return rows as Record<string, unknown>[];
  };
  return {
    sql,
    database,
    /** What the service has derived its keys from. */
    installation: () =>
      openInstallation(
        database,
        wrapWithMasterKeys(new MasterKeys([Buffer.from(testMasterKey, 'base64url')])),
      ),
    makeOrganisation: (id: string) => sql('insert into organisations (id, name) values ($1, $1)', id),
    /** Changes entries as only the tables' owner can, by lifting what keeps the others from it. */
    changeAudit: (text: string, ...values: unknown[]) =>
      database.transaction(async (transaction) => {
        for (const statement of [
          'alter table audit_log disable trigger user',
          text,
          'alter table audit_log enable trigger user',
        ])
          await transaction.query(
            { name: createHash('sha256').update(statement).digest('hex').slice(0, 32), text: statement },
            statement === text ? values : [],
          );
      }),
    close: () => database.close(),
  };
}
