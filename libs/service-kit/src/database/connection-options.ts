import type { ClientConfig } from 'pg';
import type { DatabaseSettings } from './database-config.ts';

/** How much longer than the server's own time-out a query is waited for. It ends those whose server is gone. */
const answerGraceMs = 1_000;

/** `cost`, `model_garden`: what may stand in SQL, and in a connection's options, as it is. */
const serviceName = /^[a-z][a-z0-9_]{0,62}$/;

/** How a service connects. Behind PgBouncer, list these parameters in its `ignore_startup_parameters`. */
export function connectionOptions(settings: DatabaseSettings, service: string): ClientConfig {
  const schema = assertServiceName(service);
  return {
    connectionString: settings.url,
    ...(settings.ca !== undefined && { ssl: { ca: settings.ca } }),
    application_name: `weir-${service}`,
    // Compiling a query costs more than all that services ask.
    options: `-c search_path=${schema} -c jit=off`,
    connectionTimeoutMillis: settings.connectTimeoutMs,
    statement_timeout: settings.queryTimeoutMs,
    query_timeout: settings.queryTimeoutMs + answerGraceMs,
    lock_timeout: settings.lockTimeoutMs,
    idle_in_transaction_session_timeout: 2 * settings.queryTimeoutMs,
    keepAlive: true,
  };
}

/** The name of a service is the name of its role and of its schema too. */
export function assertServiceName(service: string): string {
  if (!serviceName.test(service) || service.startsWith('pg_') || service === 'public')
    throw new Error(`"${service}" cannot be the name of a role and a schema`);
  return service;
}
