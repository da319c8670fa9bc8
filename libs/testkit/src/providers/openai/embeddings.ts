import type { OpenAI } from 'openai';
import { z } from 'zod';
import { embedText } from '../model/embedding.ts';
import { countTokens } from '../model/tokens.ts';
import type { Endpoint } from '../protocol.ts';
import { jsonReply } from '../reply.ts';
import { parseRequest } from '../request-issue.ts';
import { refuseRequest } from './errors.ts';
import { checkModel, openaiProtocol } from './protocol.ts';

const DEFAULT_DIMENSIONS = 1536;

const tokenIds = z.array(z.int().min(0)).min(1).max(2048);

const embeddingsSchema = z.strictObject({
  model: z.string(),
  input: z.union([
    z.string().min(1),
    z.array(z.string().min(1)).min(1).max(2048),
    tokenIds,
    z.array(tokenIds).min(1),
  ]),
  dimensions: z.int().min(1).optional(),
  encoding_format: z.enum(['float', 'base64']).optional(),
  user: z.string().optional(),
});

type EmbeddingsInput = z.infer<typeof embeddingsSchema>['input'];
type Base64Embedding = Omit<OpenAI.Embedding, 'embedding'> & { embedding: string };

/** `POST /v1/embeddings` */
export const embeddingsEndpoint: Endpoint = {
  protocol: openaiProtocol,
  handle(call) {
    const request = parseRequest(embeddingsSchema, call.body, refuseRequest);
    checkModel(request.model);
    const texts = inputTexts(request.input);
    const data = texts.map((text, index): OpenAI.Embedding | Base64Embedding => {
      const vector = embedText(text, request.dimensions ?? DEFAULT_DIMENSIONS);
      const embedding = request.encoding_format === 'base64' ? encodeBase64(vector) : vector;
      return { object: 'embedding', index, embedding } as OpenAI.Embedding | Base64Embedding;
    });
    const tokens = texts.reduce((sum, text) => sum + countTokens(text), 0);
    const usage: OpenAI.CreateEmbeddingResponse.Usage = { prompt_tokens: tokens, total_tokens: tokens };
    return jsonReply({ object: 'list', data, model: request.model, usage });
  },
};

/** Lists of token ids stand for texts of as many words. */
function inputTexts(input: EmbeddingsInput): string[] {
  if (typeof input === 'string') return [input];
  if (isTokenIds(input)) return [input.join(' ')];
  return input.map((item) => (typeof item === 'string' ? item : item.join(' ')));
}

function isTokenIds(input: Exclude<EmbeddingsInput, string>): input is number[] {
  return typeof input[0] === 'number';
}

/** Little-endian 32-bit floats, as the SDK decodes them. */
function encodeBase64(vector: number[]): string {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4);
  return bytes.toString('base64');
}
