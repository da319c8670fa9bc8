import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { systemClock } from '../../src/clock.ts';
import { databaseConfigSchema, type DatabaseSettings } from '../../src/database/database-config.ts';
import { createLogger } from '../../src/logger.ts';
import { createMetrics } from '../../src/metrics.ts';

/** What `openDatabase` needs, with time-outs as short as a test can wait. */
export function databaseOptions(service: string, url: string, settings: Partial<DatabaseSettings> = {}) {
  return {
    settings: { ...databaseConfigSchema.parse({ DATABASE_URL: url }), connectTimeoutMs: 2_000, ...settings },
    service,
    clock: systemClock,
    logger: createLogger({ service, instance: 'test', level: 'silent' }),
    metrics: createMetrics(service),
  };
}

/** A folder with these migrations, by name. */
export async function migrationsFolder(files: Record<string, string>): Promise<URL> {
  const folder = await mkdtemp(join(tmpdir(), 'weir migrations '));
  for (const [name, sql] of Object.entries(files)) await writeFile(join(folder, name), sql);
  return pathToFileURL(`${folder}/`);
}
