import type { ChunkChoice, Delta } from '@weir/contracts/chat/chunk';
import { parseAs } from '../parse-response.ts';
import type { ResponseHead } from '../response-writer.ts';
import { type ChoicePlaces, surplusChoicesWarning } from './choice-places.ts';
import { toFinishReason } from './finish-reason.ts';
import { callsFunction, saysSomething } from './host-content.ts';
import { hostChunkSchema, type HostMessage } from './host-forms.ts';
import { normaliseContent, normaliseHead, type NormaliseParts } from './normalise.ts';
import type { StreamedToolCalls } from './streamed-tool-calls.ts';
import type { UsageReport } from './usage-report.ts';

export interface NormaliseChunkParts extends NormaliseParts {
  readonly calls: StreamedToolCalls;
  readonly places: ChoicePlaces;
  /** The choices whose deltas have said something. */
  readonly speaking: ReadonlySet<number>;
}

/** A chunk whose usage may be told in part. */
export interface ReadChunk extends ResponseHead {
  readonly choices: readonly ChunkChoice[];
  readonly usage?: UsageReport | null | undefined;
  readonly service_tier?: string | null | undefined;
}

/**
 * Puts a compatible host's chunk into OpenAI's form. An empty finish reason there means that there is none yet. Tool calls
 * are taken note of: a chunk is read once.
 */
export function normaliseChunk(body: unknown, parts: NormaliseChunkParts): ReadChunk {
  const { context, calls, places, warnings } = parts;
  const chunk = parseAs(hostChunkSchema, body);
  const normalised = {
    ...chunk,
    ...normaliseHead(chunk, context),
    object: 'chat.completion.chunk',
    choices: (chunk.choices ?? []).flatMap(({ delta, message, ...choice }, position): ChunkChoice[] => {
      const index = places.of(choice.index ?? position);
      if (index === undefined) return [];
      const said = sayingOf({ delta, message }, index, parts);
      if (callsFunction(said)) calls.noteFunctionCall(index);
      const placed = said.tool_calls?.map((call) => calls.place(index, call)) ?? [];
      const reason = choice.finish_reason ? toFinishReason(choice.finish_reason) : null;
      const pieces = [
        ...placed.filter((piece) => piece !== undefined),
        ...(reason ? calls.finish(index) : []),
      ];
      return [
        {
          ...choice,
          ...(message && said === delta && { message }),
          index,
          delta: {
            ...normaliseContent(said, parts),
            tool_calls: pieces.length > 0 ? pieces : undefined,
          },
          finish_reason: reason && calls.finishReason(index, reason),
        },
      ];
    }),
  };
  if (places.hasSurplus) warnings.add(surplusChoicesWarning);
  return normalised;
}

/**
 * What a chunk's choice says. Some hosts send a whole message in the place of a delta, or beside one that is empty, and some
 * repeat there all that their deltas have said: then only its calls can be new.
 */
function sayingOf(
  { delta, message }: { delta?: HostMessage | null | undefined; message?: HostMessage | null | undefined },
  index: number,
  { calls, speaking }: NormaliseChunkParts,
): HostMessage {
  const said = delta ?? {};
  if (!message || saysSomething(said)) return said;
  if (!speaking.has(index)) return message;
  return calls.made(index).tools ? said : { ...said, tool_calls: message.tool_calls };
}

/** Whether a chunk's whole message says what no delta has said. */
export function isSaidByMessage(
  { message, delta }: { readonly message: unknown; readonly delta: Delta },
  index: number,
  { calls, speaking }: Pick<NormaliseChunkParts, 'calls' | 'speaking'>,
): boolean {
  if (typeof message !== 'object' || message === null || saysSomething(delta)) return false;
  const said = 'tool_calls' in message && Array.isArray(message.tool_calls) ? message.tool_calls : [];
  return !speaking.has(index) || (said.length > 0 && !calls.made(index).tools);
}
