import type { ChatRequest } from '@weir/contracts/chat/request';
import type { ProviderModel } from '../domain/provider.ts';

/**
 * The most tokens that providers make of what is no text, and of what they put around it. Texts need no table: a byte is a
 * token at most, in every tokenizer that works on bytes.
 */
const allowances = {
  /** Role, separators, a name's place. */
  message: 16,
  tool: 64,
  /** The instructions that some providers add where there are tools: Anthropic's are some 500 tokens. */
  anyTools: 600,
  /** A number or another small value. */
  scalar: 8,
  /** Punctuation around a field or an item, which is a part of schemas and of tools' arguments. */
  field: 6,
  /** The dearest forms that are published: Anthropic's 4,784, OpenAI's 3,779 (in patches), Gemini's 4,128 (in tiles). */
  image: 6_144,
  /** OpenAI counts an image 33 times there: 2,833 and 5,667 for each of at most eight tiles. */
  imageOfGpt4oMini: 48_169,
  /** Besides a token for sixteen characters of base64: 10 to 32 tokens a second of at least 1 kB each. */
  audio: 100,
  /** Of a document nobody can say how long it is before it is read, but that it fits the context window. */
  file: 200_000,
} as const;

/**
 * The most input tokens that a chat can come to at a model. It counts every text and every name in the chat, whatever field
 * it stands in (thoughts of earlier turns, tools' results, schemas, fields that nobody here knows), in UTF-8 bytes.
 */
export function inputBoundTokens(
  chat: ChatRequest,
  { id, contextTokens = Infinity }: Pick<ProviderModel, 'id' | 'contextTokens'>,
): number {
  const tools = chat.tools?.length ?? 0;
  const around = allowances.message * chat.messages.length + allowances.tool * tools;
  const bound = around + (tools > 0 ? allowances.anyTools : 0) + boundOf(chat, id);
  return Math.min(bound, contextTokens);
}

/** Without recursion: a chat may be nested deeper than the stack. */
function boundOf(chat: ChatRequest, modelId: string): number {
  const pending: unknown[] = [chat];
  let tokens = 0;
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value === 'string') tokens += Buffer.byteLength(value);
    else if (typeof value !== 'object' || value === null) tokens += allowances.scalar;
    else if (Array.isArray(value)) {
      tokens += allowances.field * value.length;
      for (const item of value) pending.push(item);
    } else {
      const attachment = attachmentBound(value, modelId);
      if (attachment !== undefined) tokens += attachment;
      else {
        for (const [name, field] of Object.entries(value)) {
          tokens += allowances.field + Buffer.byteLength(name);
          pending.push(field);
        }
      }
    }
  }
  return tokens;
}

/** Of an image, a sound or a file, whose bytes are not text; undefined for all else. */
function attachmentBound(part: object, modelId: string): number | undefined {
  if (!('type' in part)) return undefined;
  if (part.type === 'image_url' && 'image_url' in part) {
    return modelId.includes('gpt-4o-mini') ? allowances.imageOfGpt4oMini : allowances.image;
  }
  if (part.type === 'input_audio' && 'input_audio' in part) {
    const { input_audio: audio } = part;
    const hasData = typeof audio === 'object' && audio !== null && 'data' in audio;
    const length = hasData && typeof audio.data === 'string' ? audio.data.length : 0;
    return allowances.audio + Math.ceil(length / 16);
  }
  return part.type === 'file' && 'file' in part ? allowances.file : undefined;
}
