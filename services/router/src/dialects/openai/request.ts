import type { ChatRequest } from '@weir/contracts/chat/request';
import type { ChatCompletionCreateParams } from 'openai/resources/chat/completions';
import type { OutputCapParam, WireTarget, WireRequest } from '../../domain/dialect.ts';
import { outputCapIfNeeded } from '../output-cap.ts';
import { toHostRequest } from './host-request.ts';

/** What we set ourselves. An update of OpenAI's types that renames one of them breaks the build. */
type OwnField = keyof Pick<
  ChatCompletionCreateParams,
  'model' | 'stream_options' | 'max_tokens' | 'max_completion_tokens'
>;

/**
 * The request goes on whole, as its caller wrote it, but for the model's name, the cap on the output, the usage
 * that is always asked for, and what the host is known to reject or to have other words for.
 */
export function toRequest(chat: ChatRequest, target: WireTarget): WireRequest {
  const cap = outputCapIfNeeded(chat, target.output);
  const outputCapParam = target.outputCapParam ?? nameOfCap(chat, target);
  const own = {
    model: target.model,
    // A config may set them for requests of both kinds, and no host takes them where there is no stream.
    stream_options: undefined,
    ...(chat.stream === true && { stream_options: { ...chat.stream_options, include_usage: true } }),
    max_tokens: undefined,
    max_completion_tokens: undefined,
    ...(cap.tokens !== undefined && { [outputCapParam]: cap.tokens }),
  } satisfies Partial<Record<OwnField, unknown>>;
  const { body, warnings } = toHostRequest({ ...chat, ...own }, target);
  // As the host is sent it: under a name of its own, or not at all where it takes none.
  const sentCap = body[target.mapping?.params?.[outputCapParam] ?? outputCapParam];
  const isCapSent = typeof sentCap === 'number';
  return {
    path: 'chat/completions',
    body: JSON.stringify(body),
    outputCapTokens: isCapSent ? sentCap : undefined,
    outputCapParam,
    // It is the gateway that always asks for the usage.
    warnings: [...(isCapSent ? cap.warnings : []), ...warnings].filter(
      (warning) => !warning.startsWith('stream_options '),
    ),
  };
}

/** At a host of which it is not known: the caller's own, unless a budget rests on it, since all hosts know the older one. */
function nameOfCap(chat: ChatRequest, { output }: WireTarget): OutputCapParam {
  const saysNewer = (chat.max_completion_tokens ?? undefined) !== undefined;
  return saysNewer && !output.isCapRequired ? 'max_completion_tokens' : 'max_tokens';
}
