import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import { assertServiceName } from './connection-options.ts';

export interface ProvisionOptions {
  /** The address as a superuser, or as one who may create roles and schemas. It goes to no service. */
  readonly adminUrl: string;
  readonly service: string;
  /** Printable ASCII. */
  readonly password: string;
}

/**
 * Makes a service's role and its schema, and answers with the address that the service gets as `DATABASE_URL`. The role
 * owns its schema and can do nothing in those of others. Where both are there already, it sets the password anew.
 */
export async function provisionServiceRole({
  adminUrl,
  service,
  password,
}: ProvisionOptions): Promise<string> {
  const role = escapeIdentifier(assertServiceName(service));
  const client = new Client({ connectionString: adminUrl, application_name: 'weir-provision' });
  client.on('error', () => undefined); // Its promises tell.
  await client.connect();
  try {
    // All in one transaction, and one such transaction at a time: two that change roles at once fail in Postgres.
    await client.query('begin');
    await client.query("select pg_advisory_xact_lock(hashtextextended('weir.provision', 0))");
    const { rowCount } = await client.query('select from pg_roles where rolname = $1', [service]);
    if (rowCount === 0) await client.query(`create role ${role}`);
    await client.query(
      `alter role ${role} login nosuperuser nocreatedb nocreaterole noreplication nobypassrls
       password ${escapeLiteral(scramVerifier(password))}`,
    );
    await client.query(`alter role ${role} set search_path = ${role}`);
    // Whoever is no superuser can give a schema only to a role that it is a member of.
    await client.query(`grant ${role} to current_user`);
    await client.query(`create schema if not exists ${role} authorization ${role}`);
    await client.query(`alter schema ${role} owner to ${role}`);
    await client.query(`revoke all on schema ${role} from public`);
    await client.query(`revoke ${role} from current_user`);
    await client.query('commit');
  } finally {
    await client.end();
  }
  const url = new URL(adminUrl);
  url.username = service;
  url.password = encodeURIComponent(password);
  return url.href;
}

/**
 * What Postgres keeps of a password (RFC 5803). Made here, since a server that logs statements would log the password
 * itself.
 */
function scramVerifier(password: string): string {
  if (!/^[\x21-\x7e]+$/.test(password)) throw new Error('a password for Postgres must be printable ASCII');
  const iterations = 4096;
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const hmac = (text: string) => createHmac('sha256', salted).update(text).digest();
  const storedKey = createHash('sha256').update(hmac('Client Key')).digest('base64');
  const serverKey = hmac('Server Key').toString('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}
