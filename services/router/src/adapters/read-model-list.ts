import { arrayOf } from '@weir/contracts/collections';
import { maxListedModels } from '@weir/contracts/limits';
import { safeParse } from '@weir/service-kit/schema-fault';
import { z } from 'zod';
import type { DialectName } from '../domain/dialect.ts';
import type { ProviderModel } from '../domain/provider.ts';

/** Of what one model takes. */
const maxWords = 200;

const limit = z.int().positive().optional().catch(undefined);
const flag = z.boolean().optional().catch(undefined);
const words = arrayOf(z.string()).max(maxWords).optional().catch(undefined);

/** Longer than that of any model. */
const maxIdLength = 256;
const modelId = z.string().min(1).max(maxIdLength);

/** OpenAI's fields, and those in which compatible hosts tell their limits and what they take. */
const openaiModel = z.looseObject({
  id: modelId,
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

/** Some hosts that have no models write null. */
const entries = arrayOf(z.unknown())
  .nullable()
  .transform((list) => list ?? []);

/** Together sends the list without an envelope. */
const openaiList = z.union([arrayOf(z.unknown()), z.looseObject({ data: entries })]);

const anthropicModel = z.looseObject({
  id: modelId,
  max_input_tokens: limit,
  max_tokens: limit,
  capabilities: z
    .looseObject({ image_input: z.looseObject({ supported: flag }).optional().catch(undefined) })
    .optional()
    .catch(undefined),
});

const anthropicList = z.looseObject({ data: entries });

const ollamaModel = z.looseObject({ name: modelId });

const ollamaList = z.looseObject({ models: entries });

/** Takes an entry that is no model: what is wrong with it. */
export type OnUnreadable = (entry: z.core.$ZodError) => void;

/** Passes over entries that are none, and tells them. Throws a ZodError where the list is not one. */
type ReadModelList = (body: unknown, onUnreadable?: OnUnreadable) => ProviderModel[];

export const readModelList: Readonly<Record<DialectName, ReadModelList>> = {
  openai(body, onUnreadable) {
    const list = openaiList.parse(body);
    return readEach(Array.isArray(list) ? list : list.data, openaiModel, onUnreadable).map(fromOpenai);
  },
  anthropic: (body, onUnreadable) =>
    readEach(anthropicList.parse(body).data, anthropicModel, onUnreadable).map(fromAnthropic),
  ollama: (body, onUnreadable) =>
    readEach(ollamaList.parse(body).models, ollamaModel, onUnreadable).map(({ name }) => {
      const id = name.replace(/:latest$/, '');
      return id === name ? { id } : { id, aliases: [name] };
    }),
};

/** One entry that cannot be read costs that entry, and a list is no longer than any that is known. */
function readEach<Entry>(
  list: readonly unknown[],
  schema: z.ZodType<Entry>,
  onUnreadable: OnUnreadable = () => undefined,
): Entry[] {
  return list.slice(0, maxListedModels).flatMap((entry) => {
    const parsed = safeParse(schema, entry);
    if (parsed.success) return [parsed.data];
    onUnreadable(parsed.error);
    return [];
  });
}

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
