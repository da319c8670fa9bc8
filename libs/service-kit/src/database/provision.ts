import { ConfigError } from '../config.ts';
import { Client } from 'pg';
import { provisionServiceRole } from './provision-service-role.ts';

/**
 * For operators: makes the roles and schemas of the services that are named, and pgvector where its package is, as in
 * `npx node libs/service-kit/src/database/provision.ts cost keys`. Reads the address of an administrator from
 * WEIR_DATABASE_ADMIN_URL, and the password of each role from WEIR_DATABASE_<SERVICE>_PASSWORD.
 */
const services = process.argv.slice(2);
try {
  const adminUrl = required('WEIR_DATABASE_ADMIN_URL');
  if (services.length === 0) throw new Error('name the services: cost keys ...');
  const passwords = services.map((service) => required(`WEIR_DATABASE_${service.toUpperCase()}_PASSWORD`));
  for (const [index, service] of services.entries()) {
    await provisionServiceRole({ adminUrl, service, password: passwords[index] ?? '' });
    process.stdout.write(`the role and schema ${service} are ready\n`);
  }
  process.stdout.write(`${await makeVectorExtension(adminUrl)}\n`);
} catch (error) {
  process.stderr.write(`cannot provision: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new ConfigError([`${name}: is required`]);
  return value;
}

/** The cache's role may not make it. Nothing but its semantic tier needs it, so that its lack is told and is no failure. */
async function makeVectorExtension(connectionString: string): Promise<string> {
  const client = new Client({ connectionString, application_name: 'weir-provision' });
  client.on('error', () => undefined); // Its promises tell.
  await client.connect();
  try {
    await client.query('create extension if not exists vector');
    return 'pgvector is ready';
  } catch (error) {
    return `there is no pgvector, without which the cache finds no similar questions: ${String(error)}`;
  } finally {
    await client.end();
  }
}
