import type { ChatCompletion, CompletionMessage, FinishReason } from '@weir/contracts/chat/completion';
import type { UsageRecord } from '@weir/contracts/usage-record';
import { toChatUsage, truncateName } from './usage.ts';
import type { Delta } from '@weir/contracts/chat/chunk';
import type { ChatUsage } from '@weir/contracts/chat/usage';
import type { ResponseContext, UsageExtension } from '../domain/dialect.ts';

/** What a completion, and every chunk of a streamed one, begins with. */
export interface ResponseHead {
  readonly id: string;
  /** Unix time in seconds. */
  readonly created: number;
  readonly model: string;
}

/** The names that an answer bears beside what it says. */
export interface AnswerNames {
  readonly id?: unknown;
  readonly model?: unknown;
  readonly system_fingerprint?: unknown;
  readonly service_tier?: unknown;
}

/** All names of an answer in one text, in which a key would be found. */
export function namesOf(names: AnswerNames): string {
  const { id, model, system_fingerprint: fingerprint, service_tier: tier } = names;
  return [id, model, fingerprint, tier].filter((name) => typeof name === 'string').join('\n');
}

/** Looks for the provider's key in the names of a stream's chunks: in most streams they are the same in each, and searched once. */
export class NameSearch {
  readonly #isSecret: ResponseContext['isSecret'];
  #searched: string | undefined;

  constructor({ isSecret }: Pick<ResponseContext, 'isSecret'>) {
    this.#isSecret = isSecret;
  }

  findsSecret(answer: AnswerNames): boolean {
    const names = namesOf(answer);
    if (names === this.#searched) return false;
    if (this.#isSecret?.(names) === true) return true;
    this.#searched = names;
    return false;
  }
}

/** The head of an answer: with the gateway's own id and the model that was asked where its provider gives none, or one that repeats a key. */
export function responseHead(
  context: ResponseContext,
  given: { id?: string; model?: string } = {},
): ResponseHead {
  const isGood = (name: string | undefined) => name !== undefined && context.isSecret?.(name) !== true;
  const { id = '', model = '' } = given;
  return {
    id: truncateName(isGood(given.id) ? id : `chatcmpl-${context.requestId}`),
    created: context.createdAtS,
    model: truncateName(isGood(given.model) ? model : context.model),
  };
}

/**
 * Writes the `chat.completion.chunk`s of one answer with one choice, as JSON. What they have in common is encoded
 * once, since a stream has hundreds of them.
 */
export class ChunkWriter {
  readonly #head: string;

  constructor({ id, created, model }: ResponseHead) {
    const fields = JSON.stringify({ id, object: 'chat.completion.chunk', created, model });
    this.#head = fields.slice(0, -1);
  }

  /** Content, reasoning, a piece of a tool call, or the role that an answer begins with. */
  delta(delta: Delta): string {
    return this.#choice(JSON.stringify(delta), null);
  }

  finish(reason: FinishReason): string {
    return this.#choice('{}', reason);
  }

  /** The last chunk, for callers that asked for it. */
  usage(usage: ChatUsage, extension?: UsageExtension): string {
    const weir = extension ? `,"weir":${JSON.stringify(extension)}` : '';
    return `${this.#head},"choices":[],"usage":${JSON.stringify(usage)}${weir}}`;
  }

  #choice(delta: string, finishReason: FinishReason | null): string {
    return `${this.#head},"choices":[{"index":0,"delta":${delta},"finish_reason":${JSON.stringify(finishReason)}}]}`;
  }
}

interface CompletionParts {
  readonly head: ResponseHead;
  readonly message: CompletionMessage;
  readonly finishReason: FinishReason;
  readonly usage: UsageRecord;
}

/** A `chat.completion` of one choice as JSON. Usage that nobody counted is null, not zero. */
export function writeCompletion({ head, message, finishReason, usage }: CompletionParts): string {
  const completion: ChatCompletion = {
    id: head.id,
    object: 'chat.completion',
    created: head.created,
    model: head.model,
    choices: [{ index: 0, message, finish_reason: finishReason, logprobs: null }],
    usage: usage.source === 'missing' ? null : toChatUsage(usage),
    ...(usage.serviceTier !== undefined && { service_tier: usage.serviceTier }),
  };
  return JSON.stringify(completion);
}
