import type { ChatRequest } from '@weir/contracts/chat/request';
import { mendedInputWarning, ToolInputReader } from '../tool-input.ts';

type Message = ChatRequest['messages'][number];
type Call = NonNullable<Extract<Message, { role: 'assistant' }>['tool_calls']>[number];

/** What OpenAI's models and most hosts take for the name of a function. */
const plainName = /^[\w-]{1,64}$/;

const warningsOf = {
  id: 'messages[].tool_calls[]: calls without an id were given one, and paired by their order',
  name: 'messages[].tool_calls[]: a name that hosts do not take, and that is of no tool, was changed',
};

/**
 * The messages in a form that hosts of OpenAI's dialect take, where clients replay what an earlier, worse answer had: a list of
 * calls that is empty, calls without ids, names that a model has made up, arguments that are no JSON object (which OpenAI's own
 * API never reads, and others refuse). Those that need no mending are the same objects.
 */
export function mendHistory(
  { messages, tools }: ChatRequest,
  { readsArguments }: { readonly readsArguments: boolean },
): { messages: readonly Message[]; warnings: string[] } {
  const warnings = new Set<string>();
  const inputs = new ToolInputReader();
  const toolNames = new Set(tools?.map((tool) => (tool.type === 'function' ? tool.function.name : '')));
  /** The ids that were given to calls of the last turn, and are not answered yet. */
  let open: string[] = [];
  const mendCall = (call: Call, place: string): Call => {
    if (call.type !== 'function') return call;
    const { name, arguments: json } = call.function;
    let mended = call;
    if (call.id === '') {
      mended = { ...mended, id: `call_${place}` };
      open.push(mended.id);
      warnings.add(warningsOf.id);
    }
    if (!plainName.test(name) && !toolNames.has(name)) {
      const plain = name.replaceAll(/[^\w-]/g, '_').slice(0, 64) || 'unknown';
      mended = { ...mended, function: { ...mended.function, name: plain } };
      warnings.add(warningsOf.name);
    }
    const { input, isMended } = readsArguments ? inputs.read(json) : { isMended: false };
    if (isMended || (readsArguments && json.trim() === '')) {
      mended = { ...mended, function: { ...mended.function, arguments: JSON.stringify(input) } };
    }
    if (isMended) warnings.add(mendedInputWarning);
    return mended;
  };
  const mended = messages.map((message, at): Message => {
    if (message.role === 'tool') {
      const id = message.tool_call_id === '' ? open.shift() : undefined;
      return id === undefined ? message : { ...message, tool_call_id: id };
    }
    open = [];
    if (message.role !== 'assistant' || !message.tool_calls) return message;
    // Hosts that answer with an empty list do not take it back.
    if (message.tool_calls.length === 0) return { ...message, tool_calls: undefined };
    const calls = message.tool_calls.map((call, place) => mendCall(call, `${at}_${place}`));
    const isAsItWas = calls.every((call, place) => call === message.tool_calls?.[place]);
    return isAsItWas ? message : { ...message, tool_calls: calls };
  });
  return { messages: mended, warnings: [...warnings] };
}
