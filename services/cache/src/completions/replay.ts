import type { ChatChunk, ChunkChoice, Delta } from '@weir/contracts/chat/chunk';
import type { ChatCompletion, Choice } from '@weir/contracts/chat/completion';
import type { ChatRequest } from '@weir/contracts/chat/request';
import { parseOwnJson } from '@weir/service-kit/bounded-json';

/** Enough that clients see a stream, and few enough to cost nothing. */
const mostPieces = 16;
const shortestPiece = 64;

/** A kept answer in the form that the request asks for. */
export function replay(
  completion: string,
  { stream, stream_options: options }: Pick<ChatRequest, 'stream' | 'stream_options'>,
): { completion: string } | { chunks: string[] } {
  if (stream !== true) return { completion };
  const chunks = split(parseOwnJson(completion) as ChatCompletion, options?.include_usage === true);
  return { chunks: chunks.map((chunk) => JSON.stringify(chunk)) };
}

/** The chunks that `assemble` makes the same completion of, where they tell the usage. */
export function split(completion: ChatCompletion, includesUsage: boolean): ChatChunk[] {
  const { choices, usage, ...head } = completion;
  const chunkOf = (parts: ChunkChoice[]): ChatChunk => ({
    ...head,
    object: 'chat.completion.chunk',
    choices: parts,
    ...(includesUsage && { usage: null }),
  });
  const chunks = choices.flatMap((choice) => splitChoice(choice).map((part) => chunkOf([part])));
  return includesUsage && usage ? [...chunks, { ...chunkOf([]), usage }] : chunks;
}

function splitChoice({ index, message, finish_reason, logprobs, ...rest }: Choice): ChunkChoice[] {
  const { content, reasoning_content: reasoning, annotations } = message;
  const said = (delta: Delta): ChunkChoice => ({ index, delta, logprobs: null, finish_reason: null });
  return [
    said({ role: 'assistant', content: '' }),
    ...piecesOf(reasoning ?? '').map((piece) => said({ reasoning_content: piece })),
    ...piecesOf(content ?? '').map((piece) => said({ content: piece })),
    { ...rest, index, delta: annotations ? { annotations } : {}, logprobs: logprobs ?? null, finish_reason },
  ];
}

/** Never between the halves of a character. */
function piecesOf(text: string): string[] {
  const length = Math.max(shortestPiece, Math.ceil(text.length / mostPieces));
  const pieces: string[] = [];
  for (let start = 0; start < text.length;) {
    const next = start + length;
    const end = /[\udc00-\udfff]/.test(text.charAt(next)) ? next + 1 : next;
    pieces.push(text.slice(start, end));
    start = end;
  }
  return pieces;
}
