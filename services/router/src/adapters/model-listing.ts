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
const flag = z.boolean().optional().catch(undefined);
const words = z.array(z.string()).optional().catch(undefined);

/** OpenAI's fields, and those in which compatible hosts tell their limits and what they take. */
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
  // OpenRouter.
  architecture: z.looseObject({ input_modalities: words }).optional().catch(undefined),
  supported_parameters: words,
  // Mistral.
  capabilities: z.looseObject({ vision: flag, function_calling: flag }).optional().catch(undefined),
  // Fireworks.
  supports_image_input: flag,
  supports_tools: flag,
});

/** Together sends the list without an envelope. */
const openaiList = z.union([z.array(openaiModel), z.looseObject({ data: z.array(openaiModel) })]);

const anthropicModel = z.looseObject({
  id: z.string().min(1),
  max_input_tokens: limit,
  max_tokens: limit,
  capabilities: z
    .looseObject({ image_input: z.looseObject({ supported: flag }).optional().catch(undefined) })
    .optional()
    .catch(undefined),
});

const anthropicList = z.looseObject({ data: z.array(anthropicModel) });

const ollamaList = z.looseObject({ models: z.array(z.looseObject({ name: z.string().min(1) })) });

export const modelListings: Readonly<Record<DialectName, ModelListing>> = {
  openai: {
    path: 'models',
    read(body) {
      const list = openaiList.parse(body);
      return (Array.isArray(list) ? list : list.data).map(fromOpenai);
    },
  },
  anthropic: {
    path: 'v1/models?limit=1000',
    read: (body) => anthropicList.parse(body).data.map(fromAnthropic),
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

function fromOpenai(model: z.output<typeof openaiModel>): ProviderModel {
  const { architecture, supported_parameters: parameters, capabilities } = model;
  return {
    // Gemini's compatible endpoint lists `models/gemini-2.5-pro` and answers to the name without it.
    id: model.id.replace(/^models\//, ''),
    ...told({
      contextTokens:
        model.context_window ?? model.context_length ?? model.max_context_length ?? model.max_model_len,
      maxOutputTokens: model.max_completion_tokens ?? model.top_provider?.max_completion_tokens,
      takesImages:
        architecture?.input_modalities?.includes('image') ??
        capabilities?.vision ??
        model.supports_image_input,
      takesTools: parameters?.includes('tools') ?? capabilities?.function_calling ?? model.supports_tools,
      createdAtS: model.created,
    }),
  };
}

function fromAnthropic(model: z.output<typeof anthropicModel>): ProviderModel {
  return {
    id: model.id,
    ...told({
      contextTokens: model.max_input_tokens,
      maxOutputTokens: model.max_tokens,
      takesImages: model.capabilities?.image_input?.supported,
    }),
  };
}

/** What a list does not tell must not hide what is known. */
function told(facts: Omit<ProviderModel, 'id'>): Omit<ProviderModel, 'id'> {
  return Object.fromEntries(Object.entries(facts).filter(([, fact]) => fact !== undefined));
}
