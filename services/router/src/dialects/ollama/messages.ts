import {
  type AssistantPart,
  imageUrlOf,
  type InstructionPart,
  type ToolPart,
  type UserPart,
} from '@weir/contracts/chat/content-part';
import type { AssistantMessage, Message } from '@weir/contracts/chat/message';
import type { Message as OllamaMessage, ToolCall as OllamaCall } from 'ollama';
import { toToolInput } from '../tool-input.ts';
import { unsupported, unsupportedPart } from '../unsupported.ts';

type Text = string | readonly (InstructionPart | ToolPart)[];

/** A conversation as Ollama takes it. Throws a Fault where a message holds what no local model is sent. */
export function toMessages(messages: readonly Message[]): OllamaMessage[] {
  const toolNames = new Map<string, string>();
  return messages.map((message, index): OllamaMessage => {
    const param = `messages[${index}]`;
    switch (message.role) {
      case 'system':
      case 'developer':
        return { role: 'system', content: toText(message.content, `${param}.content`) };
      case 'user':
        return toUserMessage(message.content, `${param}.content`);
      case 'assistant':
        return toAssistantMessage(message, toolNames, param);
      case 'tool': {
        const name = toolNames.get(message.tool_call_id);
        return {
          role: 'tool',
          content: toText(message.content, `${param}.content`),
          ...(name !== undefined && { tool_name: name }),
        };
      }
      case 'function':
        return { role: 'tool', content: message.content ?? '', tool_name: message.name };
    }
  });
}

function toText(content: Text, param: string): string {
  if (typeof content === 'string') return content;
  return content
    .map((part, index) => {
      if (part.type === 'text') return part.text;
      throw unsupportedPart('Ollama models', part, `${param}[${index}]`);
    })
    .join('\n');
}

function toUserMessage(content: string | readonly UserPart[], param: string): OllamaMessage {
  if (typeof content === 'string') return { role: 'user', content };
  const images = content.flatMap((part, index) => toImage(part, `${param}[${index}]`));
  return {
    role: 'user',
    content: content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n'),
    ...(images.length > 0 && { images }),
  };
}

function toImage(part: UserPart, param: string): string[] {
  if (part.type === 'text') return [];
  if (part.type === 'input_audio') throw unsupported('Ollama takes no audio.', param);
  if (part.type === 'file') throw unsupported('Ollama takes no files.', param);
  if (part.type !== 'image_url') throw unsupportedPart('Ollama models', part, param);
  const url = imageUrlOf(part);
  if (/^data:/i.test(url)) return [url.slice(url.indexOf(',') + 1)];
  throw unsupported('Ollama takes images as base64 data URLs only.', `${param}.image_url.url`);
}

/** Notes the names of the tools that are called: Ollama knows a result by its tool, not by the call's id. */
function toAssistantMessage(
  { content, reasoning_content: thinking, refusal, tool_calls: calls }: AssistantMessage,
  toolNames: Map<string, string>,
  param: string,
): OllamaMessage {
  const texts =
    typeof content === 'string'
      ? [content]
      : (content ?? []).map((part, index) => sayPart(part, `${param}.content[${index}]`));
  return {
    role: 'assistant',
    content: [...texts, ...(refusal ? [refusal] : [])].join('\n'),
    ...(thinking && { thinking }),
    ...(calls?.length && {
      tool_calls: calls.map((call, index): OllamaCall => {
        const callParam = `${param}.tool_calls[${index}]`;
        if (call.type !== 'function')
          throw unsupported('Ollama has function tools only.', `${callParam}.type`);
        const { name, arguments: json } = call.function;
        toolNames.set(call.id, name);
        return { function: { name, arguments: toToolInput(json, `${callParam}.function.arguments`) } };
      }),
    }),
  };
}

function sayPart(part: AssistantPart, param: string): string {
  if (part.type === 'text') return part.text;
  if (part.type === 'refusal') return part.refusal;
  throw unsupportedPart('Ollama models', part, param);
}
