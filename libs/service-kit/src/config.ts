import type { ZodType } from 'zod';

/** Every problem of a configuration at once, each in words that name the variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration is not valid: ${problems.join('; ')}`);
    this.problems = problems;
  }
}

/**
 * Parses environment variables against all schemas, or throws one ConfigError with every problem of every schema.
 * A variable that is set but empty counts as not set: that is how compose files and shells pass what is missing.
 */
export function parseConfig<Schemas extends readonly ZodType[]>(
  schemas: readonly [...Schemas],
  environment: NodeJS.ProcessEnv,
): { [I in keyof Schemas]: Schemas[I]['_zod']['output'] } {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const results = schemas.map((schema) => schema.safeParse(set));
  const problems = results
    .flatMap(({ error }) => error?.issues ?? [])
    .map(({ path, message }) => `${path.join('.')}: ${message}`);
  if (problems.length > 0) throw new ConfigError(problems);
  return results.map(({ data }) => data) as { [I in keyof Schemas]: Schemas[I]['_zod']['output'] };
}
