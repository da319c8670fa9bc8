import type { ChatRequest } from '@weir/contracts/chat/request';
import type { DialectTarget, WireRequest } from '../../domain/dialect.ts';
import { withoutLegacyFunctions } from '../legacy-functions.ts';
import { lostNameWarnings } from '../lost-names.ts';
import { asksForMoreThanText } from '../modalities.ts';
import { mapParameters } from '../parameter-map.ts';
import { unsupported } from '../unsupported.ts';
import type { ApiVersion } from './api-version.ts';
import { toConversation } from './conversation.ts';
import { refusedByModel } from './model-limits.ts';
import { parameters } from './parameters.ts';
import { toRequestFields, type MessagesBody } from './request-fields.ts';
import { toToolFields } from './tools.ts';

/**
 * The request as Anthropic's Messages API takes it. What would be refused and can be done without is left out with a
 * warning; what would change the answer's meaning is a Fault.
 */
export function toRequest(asked: ChatRequest, target: DialectTarget, version: ApiVersion): WireRequest {
  const chat = withoutLegacyFunctions(asked);
  if ((chat.n ?? 1) > 1) throw unsupported('Anthropic models give one choice only.', 'n');
  if (asksForMoreThanText(chat)) throw unsupported('Anthropic models answer in text only.', 'modalities');
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
  return {
    path: 'v1/messages',
    body: JSON.stringify(body),
    warnings: [...warnings, ...adapted.warnings, ...lostNameWarnings(chat)],
  };
}

function without(chat: ChatRequest, names: readonly string[]): ChatRequest {
  return { ...chat, ...Object.fromEntries(names.map((name) => [name, undefined])) };
}
