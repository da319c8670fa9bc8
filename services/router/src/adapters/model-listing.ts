import { z } from 'zod';
import type { DialectName } from '../domain/dialect.ts';
import type { ProviderModel } from '../domain/provider.ts';

/** Where a provider lists its models, and how to read the list. */
interface ModelListing {
  readonly path: string;
  /** Throws a ZodError where the list is not one. */
  readonly read: (body: unknown) => ProviderModel[];
}

const limit = z.int().positive().optional().catch(undefined);

/** OpenAI's fields, and those in which compatible hosts tell their limits. */
const openaiModel = z.looseObject({
  id: z.string().min(1),
  created: z.number().optional().catch(undefined),
  // Groq, OpenRouter, Mistral, vLLM.
  context_window: limit,
  context_length: limit,
  max_context_length: limit,
  max_model_len: limit,
  max_completion_tokens: limit,
  top_provider: z.looseObject({ max_completion_tokens: limit }).optional().catch(undefined),
});

/** Together sends the list without an envelope. */
const openaiList = z.union([z.array(openaiModel), z.looseObject({ data: z.array(openaiModel) })]);

const anthropicList = z.looseObject({ data: z.array(z.looseObject({ id: z.string().min(1) })) });

const ollamaList = z.looseObject({ models: z.array(z.looseObject({ name: z.string().min(1) })) });

export const modelListings: Readonly<Record<DialectName, ModelListing>> = {
  openai: {
    path: 'models',
    read(body) {
      const list = openaiList.parse(body);
      return (Array.isArray(list) ? list : list.data).map((model) => {
        const contextTokens =
          model.context_window ?? model.context_length ?? model.max_context_length ?? model.max_model_len;
        const maxOutputTokens = model.max_completion_tokens ?? model.top_provider?.max_completion_tokens;
        return {
          // Gemini's compatible endpoint lists `models/gemini-2.5-pro` and answers to the name without it.
          id: model.id.replace(/^models\//, ''),
          ...(contextTokens !== undefined && { contextTokens }),
          ...(maxOutputTokens !== undefined && { maxOutputTokens }),
          ...(model.created !== undefined && { createdAtS: model.created }),
        };
      });
    },
  },
  anthropic: {
    path: 'v1/models?limit=1000',
    read: (body) => anthropicList.parse(body).data.map(({ id }) => ({ id })),
  },
  ollama: {
    path: 'api/tags',
    read: (body) =>
      ollamaList.parse(body).models.map(({ name }) => {
        const id = name.replace(/:latest$/, '');
        return id === name ? { id } : { id, aliases: [name] };
      }),
  },
};
