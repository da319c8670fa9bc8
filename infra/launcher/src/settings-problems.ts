import type { ServiceManifest } from '@weir/contracts/service-manifest';
import { ConfigError, parseConfig } from '@weir/service-kit/config';
import { kitConfigSchema } from '@weir/service-kit/kit-config';
import type { ZodType } from 'zod';
import { serviceEnvironment } from './service-environment.ts';

/** The schema of a service's configuration; undefined where nothing is known of it. */
export type SchemaOf = (service: string) => Promise<ZodType | undefined>;

/** What the launcher gives by itself where the user does not: here only so that nobody misses it. */
const given = {
  NATS_URL: 'nats://127.0.0.1:4222',
  DATABASE_URL: 'postgresql://127.0.0.1/weir',
  REDIS_URL: 'redis://127.0.0.1',
  VECTOR_DATABASE_URL: 'postgresql://127.0.0.1/weir',
};

/** What is wrong with the settings of any service, each problem once, before any of them is started. */
export async function settingsProblems(
  services: readonly ServiceManifest[],
  variables: NodeJS.ProcessEnv,
  schemaOf: SchemaOf,
): Promise<string[]> {
  const problems = await Promise.all(
    services.map(async (manifest) => {
      const schema = await schemaOf(manifest.name);
      const completed = { ...given, ...variables };
      const environment = { ...serviceEnvironment(manifest, completed), NATS_URL: completed.NATS_URL };
      return problemsOf(schema ? [kitConfigSchema, schema] : [kitConfigSchema], environment);
    }),
  );
  return [...new Set(problems.flat())];
}

function problemsOf(schemas: readonly ZodType[], environment: NodeJS.ProcessEnv): readonly string[] {
  try {
    parseConfig(schemas, environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}
