import type { ChatRequest } from '@weir/contracts/chat/request';
import { isJsonObject } from '@weir/service-kit/exact-json';
import { notSupportedWarnings, safeName } from './parameter-map.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Of whatever is marked for a cache, and what is told of elsewhere. */
const anywhere = ['cache_control', 'type'];

const messageFields = [
  ...['role', 'content', 'name', 'tool_calls', 'tool_call_id', 'refusal', 'function_call', 'audio'],
  // Thoughts, in whichever form; `reasoning` is OpenRouter's text of them beside their details.
  ...['reasoning_content', 'reasoning', 'reasoning_details', 'thinking_blocks', 'prefix'],
];

const partFields: Fields = {
  text: ['text'],
  image_url: ['image_url'],
  file: ['file'],
  refusal: ['refusal'],
};

/** Of the objects within: those of images and files are judged by their dialect. */
const imageFields = ['url', 'detail'];
const fileFields = ['file_data', 'filename'];
const toolFields = ['function'];
const functionFields = ['name', 'description', 'parameters', 'strict'];
const callFields = ['id', 'index', 'function'];
const calledFields = ['name', 'arguments'];
const choiceFields = ['function'];
const schemaFields = ['name', 'schema', 'strict'];

/**
 * Warnings of fields within messages, tools, a tool choice and a response format that the contract lets through and that a dialect
 * which writes its own form has no place for. Null and empty ones say nothing.
 */
export function lostFieldWarnings(chat: ChatRequest): string[] {
  const lost = new Set<string>();
  const look = (place: string, value: unknown, known: readonly string[]) => {
    if (!isJsonObject(value)) return;
    for (const [name, said] of Object.entries(value)) {
      if (known.includes(name) || anywhere.includes(name) || !isFilled(said)) continue;
      lost.add(`${place}.${safeName.test(name) ? name : '?'}`);
    }
  };
  for (const message of chat.messages) {
    look('messages[]', message, messageFields);
    for (const part of Array.isArray(message.content) ? (message.content as Fields[]) : []) {
      const known = Object.hasOwn(partFields, String(part['type'])) && partFields[String(part['type'])];
      if (!known) continue;
      look('messages[].content[]', part, known as string[]);
      look('messages[].content[].image_url', part['image_url'], imageFields);
      look('messages[].content[].file', part['file'], fileFields);
    }
    for (const call of message.role === 'assistant' ? (message.tool_calls ?? []) : []) {
      look('messages[].tool_calls[]', call, callFields);
      look('messages[].tool_calls[].function', call['function'], calledFields);
    }
  }
  for (const tool of chat.tools ?? []) {
    if (tool.type !== 'function') continue;
    look('tools[]', tool, toolFields);
    look('tools[].function', tool.function, functionFields);
  }
  const { tool_choice: choice, response_format: format } = chat;
  if (isJsonObject(choice) && choice['type'] === 'function') {
    look('tool_choice', choice, choiceFields);
    look('tool_choice.function', choice['function'], ['name']);
  }
  if (isJsonObject(format)) {
    look('response_format', format, ['json_schema']);
    look('response_format.json_schema', format['json_schema'], schemaFields);
  }
  return notSupportedWarnings([...lost], { of: lost.size, what: 'fields' });
}

/** Whether a field of a message says anything: clients send those that they do not use as null, or as an empty list. */
export function isFilled(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}
