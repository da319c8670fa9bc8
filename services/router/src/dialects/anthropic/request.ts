import type { ChatRequest } from '@weir/contracts/chat/request';
import type { DialectTarget, WireRequest } from '../../domain/dialect.ts';
import { mapParameters } from '../parameter-map.ts';
import type { ApiVersion } from './api-version.ts';
import { toConversation } from './conversation.ts';
import { refusedByModel } from './model-limits.ts';
import { parameters } from './parameters.ts';
import { toRequestFields, type MessagesBody } from './request-fields.ts';
import { toToolFields } from './tools.ts';
import { unsupported } from '../unsupported.ts';

/**
 * The request as Anthropic's Messages API takes it. What would be refused and can be done without is left out with a
 * warning; what would change the answer's meaning is a Fault.
 */
export function toRequest(chat: ChatRequest, target: DialectTarget, version: ApiVersion): WireRequest {
  if ((chat.n ?? 1) > 1) throw unsupported('Anthropic models give one choice only.', 'n');
  const refused = [
    ...target.unsupportedParams,
    ...version.refusedParams,
    ...refusedByModel(target.model, chat),
  ];
  const taken = without(chat, refused);
  const { mapped, warnings } = mapParameters(chat, parameters, refused);
  const adapted = toRequestFields(taken, target.output);
  const body: MessagesBody = {
    model: target.model,
    ...toConversation(chat.messages),
    ...toToolFields(taken),
    ...adapted.fields,
    ...mapped,
  };
  return { path: 'v1/messages', body: JSON.stringify(body), warnings: [...warnings, ...adapted.warnings] };
}

function without(chat: ChatRequest, names: readonly string[]): ChatRequest {
  return { ...chat, ...Object.fromEntries(names.map((name) => [name, undefined])) };
}
