import type { Provider } from '../domain/provider.ts';
import { anthropicModels, openaiModels } from './known-models.ts';
import {
  cerebrasMapping,
  deepseekMapping,
  geminiMapping,
  groqMapping,
  mistralMapping,
  openaiMapping,
  systemRole,
  xaiMapping,
} from './preset-mappings.ts';
import { ollamaBaseUrl } from './ollama-host.ts';
import type { Environment } from './environment.ts';

type Variable = string;

/** A provider that is switched on by environment variables, as its own SDK names them. */
export interface Preset extends Omit<Provider, 'credentials' | 'baseUrl' | 'headers' | 'query'> {
  /** What users of other gateways call it. */
  readonly alias?: string;
  /** It is on when all of these are set. */
  readonly requires: readonly [Variable, ...Variable[]];
  readonly keyVariable?: Variable;
  readonly baseUrlVariable?: Variable;
  /** Used where the variable is not set. */
  readonly defaultBaseUrl?: string;
  /** Makes the base URL of what the variable says, where users write it in another form. */
  readonly toBaseUrl?: (said: string, env: Environment) => string;
  /** Variables that are sent as headers, with the environment's own key only, and as query parameters, where they are set. */
  readonly headerVariables?: Readonly<Record<string, Variable>>;
  readonly queryVariables?: Readonly<Record<string, Variable>>;
}

/** What hosts of OpenAI's API have in common, unless they say otherwise. */
const compatible = {
  dialect: 'openai',
  outputCapParam: 'max_tokens',
  unsupportedParams: [],
  models: [],
  discoversModels: true,
} as const;

const keyed = (variable: Variable) => ({ requires: [variable], keyVariable: variable }) as const;

/** A host by its own address, or by that of a variable: one without a path is meant with the path of the own address. */
function hostAt(
  name: string,
  defaultBaseUrl: string,
): Pick<Preset, 'baseUrlVariable' | 'defaultBaseUrl' | 'toBaseUrl'> {
  const { pathname } = new URL(defaultBaseUrl);
  return {
    baseUrlVariable: `${name}_BASE_URL`,
    defaultBaseUrl,
    toBaseUrl: (said) => (new URL(said).pathname === '/' ? new URL(pathname, said).href : said),
  };
}

/** What the messages of answers by OpenAI's client have besides, and clients send back: mostly null, or an empty list. */
const repliesOfOpenai = [
  'messages[].annotations',
  'messages[].audio',
  'messages[].function_call',
  'messages[].refusal',
] as const;

/** In the order in which they answer for a model that several of them list. */
export const presets: readonly Preset[] = [
  {
    ...compatible,
    ...keyed('OPENAI_API_KEY'),
    name: 'openai',
    baseUrlVariable: 'OPENAI_BASE_URL',
    defaultBaseUrl: 'https://api.openai.com/v1',
    headerVariables: { 'openai-organization': 'OPENAI_ORG_ID', 'openai-project': 'OPENAI_PROJECT_ID' },
    outputCapParam: 'max_completion_tokens',
    // Thoughts that another provider gave and the caller sends back.
    mapping: openaiMapping,
    unsupportedParams: ['cache_control', 'messages[].reasoning_content'],
    models: openaiModels,
    // `gpt-oss` is open, and whoever names it means a host of their own.
    modelNamePattern: /^(?:ft:)?(?:gpt-(?!oss)|chatgpt-|o[134](?:-|$))/,
  },
  {
    ...compatible,
    ...keyed('ANTHROPIC_API_KEY'),
    name: 'anthropic',
    dialect: 'anthropic',
    baseUrlVariable: 'ANTHROPIC_BASE_URL',
    defaultBaseUrl: 'https://api.anthropic.com',
    models: anthropicModels,
    modelNamePattern: /^claude-/,
  },
  {
    ...compatible,
    name: 'ollama',
    dialect: 'ollama',
    requires: ['OLLAMA_HOST'],
    keyVariable: 'OLLAMA_API_KEY',
    baseUrlVariable: 'OLLAMA_HOST',
    toBaseUrl: ollamaBaseUrl,
  },
  {
    ...compatible,
    name: 'azure',
    alias: 'azure-openai',
    requires: ['AZURE_OPENAI_API_KEY', 'AZURE_OPENAI_ENDPOINT'],
    keyVariable: 'AZURE_OPENAI_API_KEY',
    keyHeader: 'api-key',
    baseUrlVariable: 'AZURE_OPENAI_ENDPOINT',
    // With a version it is the older API, which has the deployment in its path.
    toBaseUrl: (endpoint, env) =>
      `${endpoint.replace(/(?<!\/)\/+$/, '')}/openai/${env['OPENAI_API_VERSION'] ? 'deployments/{model}' : 'v1'}`,
    queryVariables: { 'api-version': 'OPENAI_API_VERSION' },
    outputCapParam: 'max_completion_tokens',
    mapping: openaiMapping,
    unsupportedParams: ['cache_control', 'messages[].reasoning_content'],
    // Its list has what could be deployed, not what is: name deployments as `azure/<deployment>`.
    discoversModels: false,
  },
  {
    ...compatible,
    ...keyed('GEMINI_API_KEY'),
    name: 'gemini',
    alias: 'google',
    ...hostAt('GEMINI', 'https://generativelanguage.googleapis.com/v1beta/openai'),
    mapping: geminiMapping,
    // Gemini refuses fields that it does not know.
    unsupportedParams: [
      'cache_control',
      'logit_bias',
      'metadata',
      'prediction',
      'prompt_cache_key',
      'prompt_cache_retention',
      'safety_identifier',
      'seed',
      'service_tier',
      'store',
      'user',
      'verbosity',
      ...repliesOfOpenai,
      'messages[].reasoning_content',
    ],
  },
  {
    ...compatible,
    ...keyed('MISTRAL_API_KEY'),
    name: 'mistral',
    alias: 'mistral-ai',
    ...hostAt('MISTRAL', 'https://api.mistral.ai/v1'),
    mapping: mistralMapping,
    // Mistral refuses fields that it does not know, and reports usage on streams unasked.
    unsupportedParams: [
      'cache_control',
      'stream_options',
      'logit_bias',
      'logprobs',
      'top_logprobs',
      'service_tier',
      'store',
      'user',
      'prompt_cache_retention',
      'safety_identifier',
      'verbosity',
      'messages[].name',
      ...repliesOfOpenai,
      'messages[].reasoning_content',
    ],
  },
  {
    ...compatible,
    ...keyed('GROQ_API_KEY'),
    name: 'groq',
    ...hostAt('GROQ', 'https://api.groq.com/openai/v1'),
    mapping: groqMapping,
    outputCapParam: 'max_completion_tokens',
    unsupportedParams: [
      'cache_control',
      'logit_bias',
      'logprobs',
      'top_logprobs',
      'messages[].name',
      ...repliesOfOpenai,
      'messages[].reasoning_content',
    ],
  },
  {
    ...compatible,
    ...keyed('TOGETHER_API_KEY'),
    name: 'together',
    alias: 'together-ai',
    ...hostAt('TOGETHER', 'https://api.together.xyz/v1'),
    mapping: systemRole,
  },
  {
    ...compatible,
    ...keyed('DEEPSEEK_API_KEY'),
    name: 'deepseek',
    ...hostAt('DEEPSEEK', 'https://api.deepseek.com/v1'),
    mapping: deepseekMapping,
  },
  {
    ...compatible,
    ...keyed('XAI_API_KEY'),
    name: 'xai',
    alias: 'x-ai',
    ...hostAt('XAI', 'https://api.x.ai/v1'),
    mapping: xaiMapping,
    outputCapParam: 'max_completion_tokens',
  },
  {
    ...compatible,
    ...keyed('FIREWORKS_API_KEY'),
    name: 'fireworks',
    alias: 'fireworks-ai',
    ...hostAt('FIREWORKS', 'https://api.fireworks.ai/inference/v1'),
    mapping: systemRole,
  },
  {
    ...compatible,
    ...keyed('CEREBRAS_API_KEY'),
    name: 'cerebras',
    ...hostAt('CEREBRAS', 'https://api.cerebras.ai/v1'),
    mapping: cerebrasMapping,
    outputCapParam: 'max_completion_tokens',
  },
  {
    ...compatible,
    name: 'vllm',
    requires: ['VLLM_BASE_URL'],
    keyVariable: 'VLLM_API_KEY',
    baseUrlVariable: 'VLLM_BASE_URL',
    mapping: systemRole,
  },
  {
    ...compatible,
    ...keyed('OPENROUTER_API_KEY'),
    name: 'openrouter',
    keyCheckPath: 'key',
    ...hostAt('OPENROUTER', 'https://openrouter.ai/api/v1'),
  },
];
