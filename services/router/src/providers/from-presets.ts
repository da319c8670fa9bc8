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
    headers: readAll(headerVariables, (variable) => readHeaderVariable(env, variable, report)),
    query: readAll(queryVariables, (variable) => readVariable(env, variable)),
    outputCapParam: preset.outputCapParam,
    unsupportedParams: preset.unsupportedParams,
    models: preset.models,
    ...(preset.modelNamePattern && { modelNamePattern: preset.modelNamePattern }),
    discoversModels: preset.discoversModels,
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
  variables: Readonly<Record<string, string>> = {},
  read: (variable: string) => string | undefined,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, variable]) => {
      const value = read(variable);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
