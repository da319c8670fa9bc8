import type { ChatRequest } from '@weir/contracts/chat/request';
import type { ProviderModel } from '../domain/provider.ts';
import { attachmentsOf, type Attachment } from './attachments.ts';

/** The most tokens that providers make of what is no text, and of what they put around it. */
const allowances = {
  /** Role, separators, a name's place. */
  message: 16,
  tool: 64,
  /** The instructions that some providers add where there are tools: Anthropic's are some 500 tokens. */
  anyTools: 600,
  /** The dearest forms that are published: Anthropic's 4,784, OpenAI's 3,779 (in patches), Gemini's 4,128 (in tiles). */
  image: 6_144,
  /** OpenAI counts an image 33 times there: 2,833 and 5,667 for each of at most eight tiles. */
  imageOfGpt4oMini: 48_169,
  /** Besides a token for sixteen characters of base64: 10 to 32 tokens a second of at least 1 kB each. */
  audio: 100,
  /** A sound of an earlier answer, which is named by its id alone: half an hour at OpenAI's 20 tokens a second. */
  earlierAudio: 36_000,
} as const;

/** Of a model of which nothing is known: as large as the largest that there are. */
export const largestContextTokens = 2_097_152;

/** What is sent of it, and to which model. */
export interface SentChat {
  readonly chat: ChatRequest;
  readonly model: Pick<ProviderModel, 'id' | 'contextTokens'>;
  /** The request's body, in UTF-8. */
  readonly bodyBytes: number;
}

/**
 * The most input tokens that a request can come to. A byte of its body is a token at most, in every tokenizer that works on
 * bytes, whatever field it stands in; only the base64 of attachments is no text. Every dialect sends that on whole, or
 * refuses the request. A file may fill the context window: nobody can say how long it is before it is read.
 */
export function inputBoundTokens({ chat, model, bodyBytes }: SentChat): number {
  const { contextTokens = largestContextTokens } = model;
  const tools = chat.tools?.length ?? 0;
  const earlierSounds = chat.messages.filter(
    (message) => message.role === 'assistant' && message.audio,
  ).length;
  let bound =
    bodyBytes +
    allowances.message * chat.messages.length +
    allowances.tool * tools +
    (tools > 0 ? allowances.anyTools : 0) +
    allowances.earlierAudio * earlierSounds;
  for (const attachment of attachmentsOf(chat)) {
    if (attachment.kind === 'file') return contextTokens;
    bound += allowanceFor(attachment, model.id) - attachment.base64Length;
  }
  return Math.min(bound, contextTokens);
}

function allowanceFor({ kind, base64Length }: Attachment, modelId: string): number {
  if (kind === 'audio') return allowances.audio + Math.ceil(base64Length / 16);
  return modelId.includes('gpt-4o-mini') ? allowances.imageOfGpt4oMini : allowances.image;
}
