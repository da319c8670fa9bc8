import type { Provider } from '../domain/provider.ts';
import { baseUrlSchema } from './base-url.ts';
import { presets, type Environment, type Preset } from './presets.ts';

/** Takes note of a problem of the configuration, under the variable or the path that has it. */
export type Report = (path: PropertyKey[], message: string) => void;

/** The providers that the environment switches on, in the order of the presets. */
export function providersFromPresets(env: Environment, report: Report): Provider[] {
  return presets
    .filter(({ requires }) => requires.every((name) => env[name]))
    .flatMap((preset) => {
      const baseUrl = toBaseUrl(preset, env, report);
      return baseUrl === undefined ? [] : [toProvider(preset, env, baseUrl)];
    });
}

function toProvider(preset: Preset, env: Environment, baseUrl: string): Provider {
  const { name, dialect, keyHeader, outputCapParam, unsupportedParams, models } = preset;
  return {
    name,
    dialect,
    baseUrl,
    apiKey: preset.keyVariable && read(env, preset.keyVariable),
    keyHeader,
    headers: readAll(env, preset.headerVariables),
    query: readAll(env, preset.queryVariables),
    outputCapParam,
    unsupportedParams,
    models,
    // Behind another address there may be other models than the preset's.
    discoversModels:
      preset.discoversModels || (preset.dialect === 'openai' && baseUrl !== preset.defaultBaseUrl),
  };
}

function toBaseUrl(preset: Preset, env: Environment, report: Report): string | undefined {
  const variable = preset.baseUrlVariable;
  const said = variable && read(env, variable);
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

function readAll(env: Environment, variables: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, variable]) => {
      const value = read(env, variable);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function read(env: Environment, variable: string): string | undefined {
  const value = env[variable];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
