import { readFileSync } from 'node:fs';
import { compilePrice, withId } from '@weir/pricing/compile-price';
import { parseOwnJson } from '@weir/service-kit/bounded-json';
import { z } from 'zod';
import { dialectNames } from '../domain/dialect.ts';
import { assistantPrefills, type Provider, type ProviderModel } from '../domain/provider.ts';
import { baseUrlSchema, readVariable, type Environment, type Report } from './environment.ts';
import { readCredentials } from './credential.ts';
import { presets, type Preset } from './presets.ts';

/** A name is a part of model names and a label in metrics. */
const nameSchema = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, {
  error: 'must be lower case letters, digits and hyphens, at most 32, beginning with a letter',
});

const headerValueSchema = z.string().regex(/^[\x20-\x7e]*$/, { error: 'must be one line of ASCII' });

/** Where somebody would put a secret. */
const secretHeader = /auth|key|token|secret|cookie|password/i;

const headersSchema = z
  .record(z.string().regex(/^[\w-]+$/, { error: 'must be the name of a header' }), headerValueSchema)
  .refine((headers) => !Object.keys(headers).some((name) => secretHeader.test(name)), {
    error: 'must hold no secret: name the environment variable that has it in "api_key_env"',
  });

const variableSchema = z.string().min(1);

const tokens = z.int().positive();
const usdPerMtok = z.number().nonnegative();

const modelSchema = z
  .strictObject({
    id: z.string().min(1),
    aliases: z.array(z.string().min(1)).default([]),
    max_output_tokens: tokens.optional(),
    context_tokens: tokens.optional(),
    images: z.boolean().optional(),
    tools: z.boolean().optional(),
    /** Dollars for a million tokens. */
    input_usd_per_mtok: usdPerMtok.optional(),
    output_usd_per_mtok: usdPerMtok.optional(),
  })
  .refine((model) => (model.input_usd_per_mtok === undefined) === (model.output_usd_per_mtok === undefined), {
    error: 'must have a price for input and one for output, or neither',
  });

const namesSchema = z.record(z.string().min(1), z.string().min(1)).optional();

/** What the host has other words for; of OpenAI's dialect alone. */
const mappingFields = {
  map_roles: namesSchema,
  map_params: namesSchema,
  /** An object has the fields that say a value in the parameter's place, and null leaves the parameter out. */
  map_values: z
    .record(
      z.string().min(1),
      z.record(
        z.string(),
        z.union([z.string(), z.number(), z.boolean(), z.null(), z.record(z.string(), z.unknown())]),
      ),
    )
    .optional(),
  tool_call_ids: z
    .strictObject({ length: z.int().min(6).max(64).optional(), max_length: z.int().min(16).optional() })
    .optional(),
  hash_users: z.boolean().optional(),
};

const providerSchema = z.strictObject({
  name: nameSchema,
  dialect: z.enum(dialectNames).default('openai'),
  base_url: baseUrlSchema,
  /** The variables that hold the keys; each may hold several. */
  api_key_env: z.union([variableSchema, z.array(variableSchema).min(1)]).optional(),
  key_header: z
    .string()
    .regex(/^[\w-]+$/)
    .optional(),
  headers: headersSchema.default({}),
  query: z.record(z.string(), z.string()).default({}),
  output_cap_param: z.enum(['max_tokens', 'max_completion_tokens']).optional(),
  unsupported_params: z.array(z.string()).optional(),
  ...mappingFields,
  /** How the host is told to continue a message of the assistant's: for streams that go on after a break. */
  assistant_prefill: z.enum([...assistantPrefills, 'none']).optional(),
  models: z.array(modelSchema).default([]),
  /** Whether the host's own list is asked for; by default where no models are given. */
  discover_models: z.boolean().optional(),
});

const fileSchema = z
  .array(providerSchema)
  .refine((providers) => new Set(providers.map(({ name }) => name)).size === providers.length, {
    error: 'must not name two providers alike',
  });

/** The providers that a JSON file describes. Every problem is reported with its path in the file. */
export function providersFromFile(path: string, env: Environment, report: Report): Provider[] {
  const parsed = fileSchema.safeParse(readJsonFile(path, report));
  if (!parsed.success) {
    for (const issue of parsed.error.issues) report(['WEIR_PROVIDERS_FILE', ...issue.path], issue.message);
    return [];
  }
  return parsed.data.map((provider, index): Provider => {
    const path = ['WEIR_PROVIDERS_FILE', index, 'api_key_env'];
    const variables = [provider.api_key_env ?? []].flat();
    for (const name of variables) {
      if (readVariable(env, name) === undefined) report(path, `the variable ${name} is not set`);
    }
    const preset = presetOf(provider);
    return {
      name: provider.name,
      dialect: provider.dialect,
      baseUrl: provider.base_url,
      credentials: readCredentials(env, variables, report, path),
      keyHeader: provider.key_header,
      ...splitHeaders(provider),
      query: provider.query,
      outputCapParam: provider.output_cap_param ?? preset?.outputCapParam,
      unsupportedParams: provider.unsupported_params ?? preset?.unsupportedParams ?? [],
      mapping: {
        ...preset?.mapping,
        ...withoutUndefined({
          roles: provider.map_roles,
          params: provider.map_params,
          values: provider.map_values,
          toolCallIds: provider.tool_call_ids,
          hashesUsers: provider.hash_users,
        }),
      },
      assistantPrefill: provider.assistant_prefill,
      models: provider.models.map((model) => toModel(provider.name, model)),
      discoversModels: provider.discover_models ?? provider.models.length === 0,
    };
  });
}

/** The preset of its name and dialect: what the entry does not say of the host's ways is as the preset has it. */
function presetOf({ name, dialect }: Pick<Provider, 'name' | 'dialect'>): Preset | undefined {
  return presets.find((preset) => preset.name === name && preset.dialect === dialect);
}

function withoutUndefined<Fields extends object>(fields: Fields): Partial<Fields> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Partial<Fields>;
}

/** What names an account stays what it is where the operator describes a well-known provider anew. */
function splitHeaders({ name, headers }: Pick<Provider, 'name' | 'headers'>) {
  const preset = presets.find((each) => each.name === name);
  const ofAccount = Object.keys(preset?.headerVariables ?? {});
  const pick = (isOfAccount: boolean) =>
    Object.fromEntries(
      Object.entries(headers).filter(([header]) => ofAccount.includes(header.toLowerCase()) === isOfAccount),
    );
  return { headers: pick(false), ...(ofAccount.length > 0 && { accountHeaders: pick(true) }) };
}

function toModel(provider: string, model: z.output<typeof modelSchema>): ProviderModel {
  const { input_usd_per_mtok: input, output_usd_per_mtok: output } = model;
  return {
    id: model.id,
    aliases: model.aliases,
    maxOutputTokens: model.max_output_tokens,
    contextTokens: model.context_tokens,
    takesImages: model.images,
    takesTools: model.tools,
    price:
      input === undefined || output === undefined
        ? undefined
        : withId(`${provider}/${model.id}@file-`, compilePrice({ input, output })),
  };
}

/** An empty list where the file cannot be read, which is reported: one problem is enough. */
function readJsonFile(path: string, report: Report): unknown {
  try {
    return parseOwnJson(readFileSync(path, 'utf8'));
  } catch (error) {
    report(
      ['WEIR_PROVIDERS_FILE'],
      error instanceof SyntaxError ? `${path} is not JSON` : `${path} cannot be read`,
    );
    return [];
  }
}
