import type { CompletionMessage } from '@weir/contracts/chat/completion';
import type { ToolCall } from '@weir/contracts/chat/tool';
import { CallIds } from '../call-ids.ts';
import { isGiven, type HostToolCall } from './host-forms.ts';
import { ArgumentsReader } from '../tool-arguments.ts';

/** Whether a client can use the calls of a whole answer as they are: ids that differ, and arguments that are JSON. */
export function areUsable(calls: NonNullable<CompletionMessage['tool_calls']>): boolean {
  const ids = new Set(calls.map(({ id }) => id));
  const reader = new ArgumentsReader();
  return ids.size === calls.length && !ids.has('') && calls.every((call) => hasUsableArguments(call, reader));
}

function hasUsableArguments(call: ToolCall, reader: ArgumentsReader): boolean {
  if (call.type !== 'function') return true;
  const { arguments: json } = call.function;
  return reader.mend(json) === json;
}

/** The calls of a host's whole answer in OpenAI's form: an id that is missing, or another call's, is made up. */
export function toToolCalls(calls: readonly HostToolCall[], requestId: string): ToolCall[] | undefined {
  const ids = new CallIds(requestId);
  const reader = new ArgumentsReader();
  const usable = calls.map((call) => toToolCall(call, ids.next(call.id), reader));
  return usable.length === 0 ? undefined : usable;
}

function toToolCall(call: HostToolCall, id: string, reader: ArgumentsReader): ToolCall {
  const { function: called, type } = call;
  // Calls of other kinds have fields of their own.
  if (!called && isGiven(type) && type !== 'function') return { ...call, id, type } as ToolCall;
  return {
    ...call,
    id,
    type: isGiven(type) ? type : 'function',
    function: {
      ...called,
      name: called?.name ?? '',
      arguments: reader.toArguments(called?.arguments),
    },
  } as ToolCall;
}
