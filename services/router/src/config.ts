import { masterKeysConfigSchema } from '@weir/service-kit/crypto/master-keys-config';
import { proxyFields } from '@weir/service-kit/outbound/proxy';
import { allowedHostsSchema } from '@weir/service-kit/outbound/allowed-hosts';
import { z } from 'zod';
import { maxAnswerBytes } from '@weir/contracts/limits';
import type { Provider } from './domain/provider.ts';
import { baseUrlSchema, type Report } from './providers/environment.ts';
import { demoProviders } from './providers/demo.ts';
import { providersFromFile } from './providers/from-file.ts';
import { providersFromPresets, unkeyedProviders } from './providers/from-presets.ts';

const positive = z.coerce.number().int().positive();
/** A day at most: a timer that is set for longer than 2^31 ms goes off at once. */
const milliseconds = positive.max(86_400_000);

export const settingsSchema = z.object({
  WEIR_PROVIDERS_FILE: z.string().optional(),
  /** Answers where no provider is configured. */
  WEIR_DEMO_PROVIDER_URL: baseUrlSchema.optional(),
  /** The cap on the output of a request that sets none and needs one, where the model's maximum is known to be no lower. */
  WEIR_DEFAULT_OUTPUT_TOKENS: positive.default(16_384),
  /** Where configs may send requests besides the public internet. */
  WEIR_ALLOWED_HOSTS: allowedHostsSchema.default([]),
  /** Of the operator's own providers; those that a config names are asked directly. */
  ...proxyFields,
  WEIR_UPSTREAM_CONNECT_TIMEOUT_MS: milliseconds.default(5_000),
  /** A request that does not stream has its first byte when the whole answer is done. */
  WEIR_UPSTREAM_FIRST_BYTE_TIMEOUT_MS: milliseconds.default(280_000),
  /** None by default: some models think for minutes. */
  WEIR_UPSTREAM_FIRST_CONTENT_TIMEOUT_MS: milliseconds.optional(),
  WEIR_UPSTREAM_IDLE_TIMEOUT_MS: milliseconds.default(120_000),
  /** How long an unused connection is kept, where the provider does not say. Uvicorn, and so vLLM, closes it after 5 s. */
  WEIR_UPSTREAM_KEEP_ALIVE_MS: milliseconds.default(4_000),
  WEIR_UPSTREAM_MAX_ANSWER_BYTES: positive.max(maxAnswerBytes).default(maxAnswerBytes),
  WEIR_MODEL_DISCOVERY_INTERVAL_MS: milliseconds.default(300_000),
  /** How much of what was used is kept for those who account for it; the oldest goes first. */
  WEIR_USAGE_STREAM_MAX_BYTES: positive.default(1_073_741_824),
  /** What becomes of requests that a limit holds for while nobody can say what is left of it. */
  WEIR_ADMISSION_FAILURE: z.enum(['closed', 'open']).default('closed'),
  /** How long a request waits for what is left of a budget and only held by others. */
  WEIR_ADMISSION_WAIT_MS: z.coerce.number().int().min(0).max(600_000).default(10_000),
  /** Whether requests to models without a price are refused only where a budget holds for them, or always. */
  WEIR_UNPRICED_MODELS: z.enum(['budgeted', 'refuse']).default('budgeted'),
  /** How much of a stream's output is held of its budgets at once, for each choice. */
  WEIR_HOLD_SLICE_TOKENS: positive.min(256).default(4_096),
});

/**
 * The router's configuration. Providers are switched on by the variables of their presets, or described in a file that
 * may name any variable for a key. All problems are reported together: those of the settings, of the presets' variables
 * and of the file.
 */
export const configSchema = z.record(z.string(), z.unknown()).transform((env, context) => {
  const report: Report = (path, message) => {
    context.addIssue({ code: 'custom', path, message, input: env });
  };
  const settings = settingsSchema.safeParse({
    HTTPS_PROXY: env['https_proxy'],
    NO_PROXY: env['no_proxy'],
    ...env,
  });
  const masterKeys = masterKeysConfigSchema.safeParse(env);
  for (const issue of [...(settings.error?.issues ?? []), ...(masterKeys.error?.issues ?? [])]) {
    report(issue.path, issue.message);
  }
  const file = env['WEIR_PROVIDERS_FILE'];
  const described = typeof file === 'string' ? providersFromFile(file, env, report) : [];
  const configured = withOverrides(providersFromPresets(env, report), described);
  if (!settings.success || !masterKeys.success) return z.NEVER;
  const demoUrl = configured.length === 0 ? settings.data.WEIR_DEMO_PROVIDER_URL : undefined;
  const unkeyed = unkeyedProviders(env, configured);
  const providers = demoUrl === undefined ? configured : demoProviders(demoUrl, unkeyed);
  const names = new Set(providers.map(({ name }) => name));
  return {
    providers,
    /** Those that become usable by stored credentials. */
    unkeyed: unkeyed.filter(({ name }) => !names.has(name)),
    demoUrl,
    masterKeys: masterKeys.data,
    proxy: { HTTPS_PROXY: settings.data.HTTPS_PROXY, NO_PROXY: settings.data.NO_PROXY },
    allowedHosts: settings.data.WEIR_ALLOWED_HOSTS,
    defaultOutputTokens: settings.data.WEIR_DEFAULT_OUTPUT_TOKENS,
    discoveryIntervalMs: settings.data.WEIR_MODEL_DISCOVERY_INTERVAL_MS,
    usageStreamMaxBytes: settings.data.WEIR_USAGE_STREAM_MAX_BYTES,
    unpricedModels: settings.data.WEIR_UNPRICED_MODELS,
    admission: {
      onFailure: settings.data.WEIR_ADMISSION_FAILURE,
      waitMs: settings.data.WEIR_ADMISSION_WAIT_MS,
      sliceTokens: settings.data.WEIR_HOLD_SLICE_TOKENS,
      defaultOutputTokens: settings.data.WEIR_DEFAULT_OUTPUT_TOKENS,
    },
    upstream: {
      connectTimeoutMs: settings.data.WEIR_UPSTREAM_CONNECT_TIMEOUT_MS,
      firstByteTimeoutMs: settings.data.WEIR_UPSTREAM_FIRST_BYTE_TIMEOUT_MS,
      firstContentTimeoutMs: settings.data.WEIR_UPSTREAM_FIRST_CONTENT_TIMEOUT_MS,
      idleTimeoutMs: settings.data.WEIR_UPSTREAM_IDLE_TIMEOUT_MS,
      keepAliveMs: settings.data.WEIR_UPSTREAM_KEEP_ALIVE_MS,
      maxAnswerBytes: settings.data.WEIR_UPSTREAM_MAX_ANSWER_BYTES,
    },
  };
});

export type RouterConfig = z.output<typeof configSchema>;

/** A provider in the file takes the place of the preset of its name. */
function withOverrides(presets: readonly Provider[], described: readonly Provider[]): Provider[] {
  const names = new Set(described.map(({ name }) => name));
  return [...presets.filter(({ name }) => !names.has(name)), ...described];
}
