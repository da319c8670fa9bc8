import { z } from 'zod';

const options = z.strictObject({
  num_keep: z.int().optional(),
  seed: z.int().optional(),
  num_predict: z.int().optional(),
  top_k: z.int().optional(),
  top_p: z.number().optional(),
  min_p: z.number().optional(),
  tfs_z: z.number().optional(),
  typical_p: z.number().optional(),
  repeat_last_n: z.int().optional(),
  temperature: z.number().optional(),
  repeat_penalty: z.number().optional(),
  presence_penalty: z.number().optional(),
  frequency_penalty: z.number().optional(),
  mirostat: z.int().optional(),
  mirostat_tau: z.number().optional(),
  mirostat_eta: z.number().optional(),
  penalize_newline: z.boolean().optional(),
  stop: z.array(z.string()).optional(),
  numa: z.boolean().optional(),
  num_ctx: z.int().optional(),
  num_batch: z.int().optional(),
  num_gpu: z.int().optional(),
  main_gpu: z.int().optional(),
  low_vram: z.boolean().optional(),
  vocab_only: z.boolean().optional(),
  use_mmap: z.boolean().optional(),
  use_mlock: z.boolean().optional(),
  num_thread: z.int().optional(),
});

const keepAlive = z.union([z.string(), z.number()]).optional();
const format = z.union([z.literal('json'), z.literal(''), z.record(z.string(), z.unknown())]).nullish();

const sharedFields = {
  model: z.string().min(1),
  stream: z.boolean().optional(),
  format,
  keep_alive: keepAlive,
  options: options.optional(),
  think: z.union([z.boolean(), z.enum(['high', 'medium', 'low'])]).optional(),
  logprobs: z.boolean().optional(),
  top_logprobs: z.int().min(0).max(20).optional(),
  truncate: z.boolean().optional(),
  shift: z.boolean().optional(),
};

const message = z.strictObject({
  role: z.enum(['system', 'user', 'assistant', 'tool']),
  content: z.string(),
  thinking: z.string().optional(),
  images: z.array(z.base64()).optional(),
  tool_calls: z
    .array(
      z.strictObject({
        id: z.string().optional(),
        function: z.strictObject({
          index: z.int().optional(),
          name: z.string(),
          arguments: z.record(z.string(), z.unknown()),
        }),
      }),
    )
    .optional(),
  tool_name: z.string().optional(),
  tool_call_id: z.string().optional(),
});

const tool = z.strictObject({
  type: z.literal('function'),
  function: z.strictObject({
    name: z.string(),
    description: z.string().optional(),
    parameters: z.record(z.string(), z.unknown()).optional(),
  }),
});

/**
 * The body of `POST /api/chat`. The real server ignores fields and options that it does not know; here they are
 * refused, because to send them is a mistake of whoever translates for Ollama.
 */
export const chatSchema = z.strictObject({
  ...sharedFields,
  messages: z.array(message).min(1),
  tools: z.array(tool).optional(),
});

/** The body of `POST /api/generate`. */
export const generateSchema = z.strictObject({
  ...sharedFields,
  prompt: z.string(),
  suffix: z.string().optional(),
  system: z.string().optional(),
  template: z.string().optional(),
  context: z.array(z.int()).optional(),
  raw: z.boolean().optional(),
  images: z.array(z.base64()).optional(),
});

/** The body of `POST /api/embed`. */
export const embedSchema = z.strictObject({
  model: z.string().min(1),
  input: z.union([z.string(), z.array(z.string())]),
  truncate: z.boolean().optional(),
  keep_alive: keepAlive,
  dimensions: z.int().min(1).optional(),
  options: options.optional(),
});

export type ChatRequest = z.infer<typeof chatSchema>;
export type GenerateRequest = z.infer<typeof generateSchema>;
