import { Client } from 'pg';
import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import { connectionOptions } from './connection-options.ts';
import type { DatabaseSettings } from './database-config.ts';
import { databaseFault, isFinalRefusal } from './sql-error.ts';

interface ReachableOptions {
  readonly settings: DatabaseSettings;
  readonly service: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Debian 12's. */
const oldestVersion = 15;
const pauseMs = 200;
/** How long a service waits for Postgres before it says so. */
const patienceMs = 3_000;

/** Resolves when Postgres answers, however long that takes. Rejects where waiting would not help. */
export async function untilReachable(options: ReachableOptions): Promise<void> {
  const { clock, logger } = options;
  const stopWaiting = clock.after(patienceMs, () => {
    logger.warn('still waiting for Postgres: check DATABASE_URL, and that the server runs');
  });
  try {
    while (!(await answers(options))) await new Promise<void>((resolve) => clock.after(pauseMs, resolve));
  } finally {
    stopWaiting();
  }
}

async function answers({ settings, service, logger }: ReachableOptions): Promise<boolean> {
  const client = new Client(connectionOptions(settings, service));
  client.on('error', () => undefined); // Its promises tell.
  try {
    await client.connect();
    const { rows } = await client.query<{ version: string }>(
      "select current_setting('server_version_num') as version",
    );
    const version = Math.floor(Number(rows[0]?.version) / 10_000);
    if (version < oldestVersion)
      throw new TooOld(`Postgres ${version} is too old: Weir needs ${oldestVersion} or newer`);
    return true;
  } catch (error) {
    if (error instanceof TooOld) throw error;
    const fault = databaseFault(error, 'connect');
    if (isFinalRefusal(error))
      throw new Error(`Postgres does not let us in: ${String(fault.cause)}`, { cause: error });
    logger.debug({ err: fault.cause }, 'Postgres does not answer yet');
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

class TooOld extends Error {}
