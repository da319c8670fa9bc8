import type { ChatRequest } from '@weir/contracts/chat/request';
import type { ChatCompletionCreateParams } from 'openai/resources/chat/completions';
import type { OutputCapParam, WireTarget, WireRequest } from '../../domain/dialect.ts';
import { outputCapIfNeeded } from '../output-cap.ts';
import { leftOutWarnings } from '../parameter-map.ts';

/** What we set ourselves. An update of OpenAI's types that renames one of them breaks the build. */
type OwnField = keyof Pick<
  ChatCompletionCreateParams,
  'model' | 'stream_options' | 'max_tokens' | 'max_completion_tokens'
>;

/**
 * The request goes on whole, as its caller wrote it, but for the model's name, the cap on the output, the usage
 * that is always asked for, and what the host is known to reject.
 */
export function toRequest(chat: ChatRequest, target: WireTarget): WireRequest {
  const cap = outputCapIfNeeded(chat, target.output);
  const outputCapParam = target.outputCapParam ?? nameOfCap(chat, target);
  const own = {
    model: target.model,
    ...(chat.stream === true && { stream_options: { ...chat.stream_options, include_usage: true } }),
    max_tokens: undefined,
    max_completion_tokens: undefined,
    ...(cap.tokens !== undefined && { [outputCapParam]: cap.tokens }),
  } satisfies Partial<Record<OwnField, unknown>>;
  const { body, leftOut } = withoutUnsupported({ ...chat, ...own }, target.unsupportedParams);
  return {
    path: 'chat/completions',
    body: JSON.stringify(body),
    outputCapTokens: cap.tokens,
    outputCapParam,
    warnings: [...cap.warnings, ...leftOutWarnings(leftOut.filter((name) => name !== 'stream_options'))],
  };
}

/** At a host of which it is not known: the caller's own, unless a budget rests on it, since all hosts know the older one. */
function nameOfCap(chat: ChatRequest, { output }: WireTarget): OutputCapParam {
  const saysNewer = (chat.max_completion_tokens ?? undefined) !== undefined;
  return saysNewer && !output.isCapRequired ? 'max_completion_tokens' : 'max_tokens';
}

function withoutUnsupported(
  body: ChatRequest,
  unsupportedParams: readonly string[],
): { body: ChatRequest; leftOut: string[] } {
  const leftOut: string[] = [];
  let kept = body;
  for (const name of unsupportedParams.flatMap(allForms)) {
    const inMessage = /^messages\[\]\.(\w+)$/.exec(name)?.[1];
    if (inMessage !== undefined) {
      kept = {
        ...kept,
        messages: kept.messages.map((message) =>
          inMessage in message ? without(message, inMessage) : message,
        ),
      };
    } else {
      if ((kept[name] ?? undefined) !== undefined) leftOut.push(name);
      kept = without(kept, name);
    }
  }
  return { body: kept, leftOut };
}

/** A host that rejects thoughts in messages does so in whichever form: ours, of another host's answer, must not break a request. */
function allForms(name: string): string[] {
  if (name !== 'messages[].reasoning_content') return [name];
  return [name, 'messages[].reasoning_details', 'messages[].thinking_blocks'];
}

function without<T extends object>(record: T, name: string): T {
  return { ...record, [name]: undefined };
}
