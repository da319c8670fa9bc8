import { translatedApart, type ParameterMap } from '../parameter-map.ts';

/** Anthropic's own parameters, which callers of OpenAI's SDK send as extra fields: passed on as they are. */
const anthropicsOwn = {
  top_k: 'top_k',
  thinking: 'thinking',
  cache_control: 'cache_control',
  container: 'container',
  inference_geo: 'inference_geo',
  speed: 'speed',
} as const;

/** Whatever is not named here is left out with a warning. */
export const parameters = {
  ...anthropicsOwn,
  stream: 'stream',
  top_p: 'top_p',
  user: { to: 'metadata', map: (user: string) => ({ user_id: user }) },
  model: translatedApart,
  messages: translatedApart,
  max_completion_tokens: translatedApart,
  max_tokens: translatedApart,
  temperature: translatedApart,
  stop: translatedApart,
  service_tier: translatedApart,
  modalities: translatedApart,
  tools: translatedApart,
  tool_choice: translatedApart,
  parallel_tool_calls: translatedApart,
  response_format: translatedApart,
  reasoning_effort: translatedApart,
  // Anthropic's streams always report usage.
  stream_options: translatedApart,
} satisfies ParameterMap & Record<keyof typeof anthropicsOwn, string>;
