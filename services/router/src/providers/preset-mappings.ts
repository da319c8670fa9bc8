import type { RequestMapping } from '../domain/request-mapping.ts';

// What the hosts of OpenAI's dialect say of their differences from it. Each entry names its source. On 2026-11-28 the sources
// marked "read" were looked up in a stored copy (its pages may be some months older); the others are as they were known then,
// and nobody has tried any of them on the live host.

/** `developer` is OpenAI's newer name of it, and any host knows the older one. */
const roles = { developer: 'system' } as const;

/** Hosts that know three efforts. */
const lowToHigh = { minimal: 'low', xhigh: 'high', max: 'high' } as const;

/** Not confirmed: hosts whose documentation names no role `developer` (Together, Fireworks) or whose chat templates decide (vLLM). */
export const systemRole: RequestMapping = { roles };

/**
 * ai.google.dev/gemini-api/docs/openai: efforts from `none` to `high`; compatible function calling repeats whatever id it is
 * sent. Read: the page has neither `developer` nor efforts beyond `high`. That unknown fields are refused: reports of users, as
 * github.com/leookun/cursor-byok/issues/112 (`prompt_cache_key`).
 */
export const geminiMapping: RequestMapping = {
  roles,
  values: { reasoning_effort: { xhigh: 'high', max: 'high' } },
};

/**
 * docs.mistral.ai/api and github.com/mistralai/client-python: `random_seed`, `tool_choice: any`. An id of a call that is not
 * nine letters and digits is refused ("must be a-z, A-Z, 0-9, with a length of 9"). Read: the Python client's models, and
 * reports of refused fields, as github.com/charmbracelet/crush/issues/1590. Efforts are `none` and `high` (`@ai-sdk/mistral` 4.0,
 * changes read; not confirmed for each model): whoever asks for thoughts gets `high`.
 */
export const mistralMapping: RequestMapping = {
  roles,
  params: { seed: 'random_seed' },
  values: {
    tool_choice: { required: 'any' },
    reasoning_effort: { minimal: 'high', low: 'high', medium: 'high', xhigh: 'high', max: 'high' },
  },
  toolCallIds: { length: 9 },
};

/**
 * console.groq.com/docs/openai and /docs/service-tiers: read (what is refused; `on_demand`, `flex`, `performance`, `auto`).
 * /docs/reasoning: not confirmed, efforts differ by model.
 */
export const groqMapping: RequestMapping = {
  roles,
  values: {
    reasoning_effort: lowToHigh,
    service_tier: { default: 'on_demand', priority: 'performance' },
  },
};

/**
 * api-docs.deepseek.com/api/create-chat-completion and /guides/thinking_mode: four roles; efforts from `minimal` to `max`,
 * and thoughts are switched off by `thinking` (guide: read; it takes `minimal` to `max`). `user_id` takes letters, digits, hyphens and underscores.
 */
export const deepseekMapping: RequestMapping = {
  roles,
  params: { user: 'user_id' },
  values: { reasoning_effort: { none: { thinking: { type: 'disabled' } } } },
  hashesUsers: true,
};

/** docs.x.ai/guides/reasoning: efforts from `low` on, the highest one by the model. Read as `@ai-sdk/xai` and reports quote it. */
export const xaiMapping: RequestMapping = { roles, values: { reasoning_effort: { minimal: 'low' } } };

/**
 * inference-docs.cerebras.ai/resources/openai: "does not expose developer directly", and a system message is that. Read. The
 * efforts, `low` to `high` (and `none` at some models), are not confirmed by a page of its own.
 */
export const cerebrasMapping: RequestMapping = { roles, values: { reasoning_effort: lowToHigh } };

/** OpenAI and Azure refuse ids of calls beyond 40 characters, as other providers give them. Known from reports; no page says so. */
export const openaiMapping: RequestMapping = { toolCallIds: { max_length: 40 }, takesAnyArguments: true };
