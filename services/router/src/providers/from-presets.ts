import type { Provider } from '../domain/provider.ts';
import {
  baseUrlSchema,
  readHeaderVariable,
  readVariable,
  type Environment,
  type Report,
} from './environment.ts';
import { readCredentials } from './credential.ts';
import { presets, type Preset } from './presets.ts';

/**
 * The presets of which nothing but the key is missing: they are usable by those for whom one is stored. An address in the
 * environment that is none is not their problem.
 */
export function unkeyedProviders(env: Environment, configured: readonly Provider[]): Provider[] {
  const names = new Set(configured.map(({ name }) => name));
  const isUnkeyed = ({ name, requires, keyVariable }: Preset) =>
    !names.has(name) &&
    keyVariable !== undefined &&
    requires.every((variable) => variable === keyVariable || readVariable(env, variable) !== undefined) &&
    readVariable(env, keyVariable) === undefined;
  return presets.filter(isUnkeyed).flatMap((preset) => {
    const baseUrl = toBaseUrl(preset, env, () => undefined);
    if (baseUrl === undefined) return [];
    const provider = toProvider(preset, env, baseUrl, () => undefined);
    return [{ ...provider, accountHeaders: {}, needsStoredCredential: true }];
  });
}

/** The providers that the environment switches on, in the order of the presets. */
export function providersFromPresets(env: Environment, report: Report): Provider[] {
  return presets
    .filter(({ requires }) => requires.every((name) => readVariable(env, name)))
    .flatMap((preset) => {
      const baseUrl = toBaseUrl(preset, env, report);
      return baseUrl === undefined ? [] : [toProvider(preset, env, baseUrl, report)];
    });
}

function toProvider(preset: Preset, env: Environment, baseUrl: string, report: Report): Provider {
  const { keyVariable, headerVariables, queryVariables } = preset;
  return {
    name: preset.name,
    dialect: preset.dialect,
    baseUrl,
    credentials: keyVariable === undefined ? [] : readCredentials(env, [keyVariable], report),
    keyHeader: preset.keyHeader,
    headers: {},
    ...(headerVariables && {
      accountHeaders: readAll(headerVariables, (variable) => readHeaderVariable(env, variable, report)),
    }),
    query: readAll(queryVariables, (variable) => readVariable(env, variable)),
    outputCapParam: preset.outputCapParam,
    unsupportedParams: preset.unsupportedParams,
    mapping: preset.mapping,
    models: preset.models,
    ...(preset.modelNamePattern && { modelNamePattern: preset.modelNamePattern }),
    discoversModels: preset.discoversModels,
    ...(preset.keyCheckPath !== undefined && { keyCheckPath: preset.keyCheckPath }),
  };
}

function toBaseUrl(preset: Preset, env: Environment, report: Report): string | undefined {
  const variable = preset.baseUrlVariable;
  const said = variable && readVariable(env, variable);
  if (said === undefined) return preset.defaultBaseUrl;
  const parsed = baseUrlSchema.safeParse(convert(said, preset, env));
  if (!parsed.success)
    for (const issue of parsed.error.issues) report([preset.baseUrlVariable ?? ''], issue.message);
  return parsed.data;
}

function convert(said: string, { toBaseUrl }: Preset, env: Environment): string {
  try {
    return toBaseUrl ? toBaseUrl(said, env) : said;
  } catch {
    return said;
  }
}

function readAll(
  variables: Readonly<Record<string, string>> | undefined,
  read: (variable: string) => string | undefined,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables ?? {}).flatMap(([name, variable]) => {
      const value = read(variable);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
