import type { ChatRequest } from '@weir/contracts/chat/request';
import type { WireTarget } from '../../domain/dialect.ts';
import type { RequestMapping, ToolCallIdForm } from '../../domain/request-mapping.ts';
import { hashedUser, standInId } from '../../domain/stand-in-id.ts';
import { leftOutWarnings } from '../parameter-map.ts';
import { lostCacheMarkWarnings } from '../unsupported.ts';
import { mendHistory } from './history.ts';
import { isFilled } from '../lost-fields.ts';
import { withoutCacheMarks, withoutThoughtParts } from './host-fields.ts';

type Body = Readonly<Record<string, unknown>>;
type Message = ChatRequest['messages'][number];

/** A request in the form that a host takes, and what of it could not be kept. */
interface HostRequest {
  readonly body: Body;
  readonly warnings: string[];
}

/** What bounds the cost of an attempt. */
const boundingParams = new Set(['max_tokens', 'max_completion_tokens', 'n']);

const ofMessages = /^messages\[\]\.(\w+)$/;

/** Puts a request into the form that the host is known to take: what it has other words for is mapped, the rest is left out. */
export function toHostRequest(
  chat: ChatRequest,
  { mapping = {}, unsupportedParams }: Pick<WireTarget, 'mapping' | 'unsupportedParams'>,
): HostRequest {
  const mended = mendHistory(chat, { readsArguments: mapping.takesAnyArguments !== true });
  const { messages, warnings } = toHostMessages(mended.messages, mapping, unsupportedParams);
  const leftOut: string[] = [];
  const fitted: string[] = [];
  const lostMarks = unsupportedParams.includes('cache_control') ? lostCacheMarkWarnings(chat) : [];
  const sent = { ...chat, messages };
  const body: Record<string, unknown> = { ...sent, ...(lostMarks.length > 0 && withoutCacheMarks(sent)) };
  if (mapping.hashesUsers && typeof chat.user === 'string') body['user'] = plainUser(chat.user);
  for (const name of unsupportedParams) {
    if ((body[name] ?? undefined) !== undefined) leftOut.push(name);
    body[name] = undefined;
  }
  for (const [name, values] of Object.entries(mapping.values ?? {})) {
    const value = body[name];
    const mapped = typeof value === 'string' && Object.hasOwn(values, value) ? values[value] : undefined;
    if (mapped === undefined) continue;
    body[name] = typeof mapped === 'object' ? undefined : mapped;
    if (mapped === null) leftOut.push(name);
    else if (name === 'reasoning_effort' && typeof mapped === 'string')
      fitted.push(`${name} was set to ${mapped}, the nearest that the host has`);
    else if (typeof mapped === 'object') Object.assign(body, mapped);
  }
  for (const [name, other] of Object.entries(mapping.params ?? {})) {
    if (ofMessages.test(name) || (body[name] ?? undefined) === undefined) continue;
    // Whoever knows the host may have said it in its own words. What a budget rests on is ours to say.
    if (boundingParams.has(name)) body[other] = body[name];
    else body[other] ??= body[name];
    body[name] = undefined;
  }
  return {
    body,
    warnings: [...mended.warnings, ...leftOutWarnings(leftOut), ...fitted, ...lostMarks, ...warnings],
  };
}

function plainUser(user: string): string {
  return /^[\w-]{1,256}$/.test(user) ? user : hashedUser(user);
}

function toHostMessages(
  messages: readonly Message[],
  { roles = {}, params = {}, toolCallIds }: RequestMapping,
  unsupportedParams: readonly string[],
): { messages: readonly object[]; warnings: string[] } {
  const fieldOf = (name: string) => ofMessages.exec(name)?.[1];
  const unsupported = unsupportedParams
    .flatMap(allForms)
    .map(fieldOf)
    .filter((field) => field !== undefined);
  const renamed = Object.entries(params).flatMap(([name, other]) => {
    const field = fieldOf(name);
    return field === undefined ? [] : [[field, fieldOf(other) ?? other] as const];
  });
  const lost = new Set<string>();
  const toMessage = (message: Message): object => {
    let sent: Record<string, unknown> = message;
    const set = (name: string, value: unknown) => (sent = { ...sent, [name]: value });
    if (Object.hasOwn(roles, message.role)) set('role', roles[message.role]);
    for (const field of unsupported) {
      if (field === 'reasoning_content' && Array.isArray(message.content)) {
        const content = withoutThoughtParts(message.content);
        if (content !== message.content) {
          lost.add(field);
          set('content', content.length > 0 ? content : null);
        }
      }
      if (!(field in message)) continue;
      // It is what the assistant said, where it said nothing else.
      const isSaid = field === 'refusal' && !isFilled(message.content);
      if (isSaid && isFilled(message[field])) set('content', message[field]);
      else if (isFilled(message[field]) && !isNameOfTool(message, field)) lost.add(field);
      set(field, undefined);
    }
    for (const [field, other] of renamed) {
      if ((message[field] ?? undefined) === undefined) continue;
      set(other, message[field]);
      set(field, undefined);
    }
    if (toolCallIds) sent = withToolCallIds(sent, toolCallIds);
    return sent;
  };
  const isAsItIs = unsupported.length + renamed.length + Object.keys(roles).length === 0 && !toolCallIds;
  return {
    messages: isAsItIs ? messages : messages.map(toMessage),
    warnings: [...lost].map((field) => `messages[].${field} is not supported`),
  };
}

/** A host that rejects thoughts in messages does so in whichever form: ours, of another host's answer, must not break a request. */
function allForms(name: string): string[] {
  if (name !== 'messages[].reasoning_content') return [name];
  return [name, 'messages[].reasoning_details', 'messages[].thinking_blocks'];
}

/** The result's `tool_call_id` says which tool it is of. */
function isNameOfTool({ role }: Message, field: string): boolean {
  return field === 'name' && role === 'tool';
}

function withToolCallIds(message: Record<string, unknown>, form: ToolCallIdForm): Record<string, unknown> {
  const { tool_call_id: id, tool_calls: calls } = message;
  if (typeof id === 'string') return { ...message, tool_call_id: toIdForm(id, form) };
  if (!Array.isArray(calls)) return message;
  return {
    ...message,
    tool_calls: calls.map((call: object) =>
      'id' in call && typeof call.id === 'string' ? { ...call, id: toIdForm(call.id, form) } : call,
    ),
  };
}

function toIdForm(id: string, { length, max_length: maxLength = Infinity }: ToolCallIdForm): string {
  if (length !== undefined) {
    return id.length === length && /^[a-zA-Z\d]+$/.test(id) ? id : standInId(id, length);
  }
  return id.length <= maxLength ? id : standInId(id, Math.min(maxLength, 40));
}
