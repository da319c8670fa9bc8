import { milliseconds } from '@weir/service-kit/environment';
import { z } from 'zod';

/** The settings of a service that turns texts into vectors. Its schema parses them beside its own. */
export const embedderConfigSchema = z
  .object({
    /** Without it the best that is there is taken. */
    WEIR_EMBEDDER: z.enum(['transformers', 'http', 'builtin']).optional(),
    /** For `transformers` a folder, or a name below `models` in the state folder; for `http` what the endpoint calls it. */
    WEIR_EMBEDDER_MODEL: z.string().optional(),
    /** The base URL of an API like OpenAI's, as `http://embedder:8080/v1`. */
    WEIR_EMBEDDER_URL: z
      .url({ protocol: /^https?$/, error: 'must be a URL, as http://embedder:8080/v1' })
      .optional(),
    WEIR_EMBEDDER_API_KEY: z.string().meta({ secret: true }).optional(),
    /** After which a look-up goes on without a vector. */
    WEIR_EMBEDDER_TIMEOUT_MS: milliseconds.min(1).default(40),
  })
  .transform((env) => ({
    kind: env.WEIR_EMBEDDER,
    model: env.WEIR_EMBEDDER_MODEL,
    url: env.WEIR_EMBEDDER_URL,
    apiKey: env.WEIR_EMBEDDER_API_KEY,
    timeoutMs: env.WEIR_EMBEDDER_TIMEOUT_MS,
  }));

export type EmbedderSettings = z.output<typeof embedderConfigSchema>;
