import { type ContentPart, imageUrlOf } from '@weir/contracts/chat/content-part';
import type { AssistantMessage, Message } from '@weir/contracts/chat/message';
import type { ToolCall } from '@weir/contracts/chat/tool';
import type { Message as OllamaMessage, ToolCall as OllamaCall } from 'ollama';
import { isThought } from '../anthropic/reasoning-details.ts';
import { isFilled } from '../lost-fields.ts';
import { mendedInputWarning, ToolInputReader } from '../tool-input.ts';
import { unsupported, unsupportedPart } from '../unsupported.ts';

type Text = string | readonly ContentPart[];

/**
 * A conversation as Ollama takes it, and warnings of what could not be kept in it. Throws a Fault where a message holds what no
 * local model is sent.
 */
export function toMessages(messages: readonly Message[]): { messages: OllamaMessage[]; warnings: string[] } {
  const warnings = new Set<string>();
  return { messages: toOllamaMessages(messages, warnings), warnings: [...warnings] };
}

function toOllamaMessages(messages: readonly Message[], warnings: Set<string>): OllamaMessage[] {
  const toolNames = new Map<string, string>();
  const inputs = new ToolInputReader();
  return messages.map((message, index): OllamaMessage => {
    const param = `messages[${index}]`;
    switch (message.role) {
      case 'system':
      case 'developer':
        return { role: 'system', content: toText(message.content, `${param}.content`) };
      case 'user':
        return toUserMessage(message.content, `${param}.content`);
      case 'assistant':
        return toAssistantMessage(message, { toolNames, inputs, warnings }, param);
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

function toUserMessage(content: string | readonly ContentPart[], param: string): OllamaMessage {
  if (typeof content === 'string') return { role: 'user', content };
  const images = content.flatMap((part, index) => toImage(part, `${param}[${index}]`));
  return {
    role: 'user',
    content: content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n'),
    ...(images.length > 0 && { images }),
  };
}

function toImage(part: ContentPart, param: string): string[] {
  if (part.type === 'text') return [];
  if (part.type === 'input_audio') throw unsupported('Ollama takes no audio.', param);
  if (part.type === 'file') throw unsupported('Ollama takes no files.', param);
  if (part.type !== 'image_url') throw unsupportedPart('Ollama models', part, param);
  const url = imageUrlOf(part);
  if (/^data:/i.test(url)) return [url.slice(url.indexOf(',') + 1)];
  throw unsupported('Ollama takes images as base64 data URLs only.', `${param}.image_url.url`);
}

interface Context {
  readonly toolNames: Map<string, string>;
  readonly inputs: ToolInputReader;
  readonly warnings: Set<string>;
}

/** Notes the names of the tools that are called: Ollama knows a result by its tool, not by the call's id. */
function toAssistantMessage(message: AssistantMessage, context: Context, param: string): OllamaMessage {
  const { content, refusal, tool_calls: calls } = message;
  if (message.audio) throw unsupported("Ollama's models know no earlier audio.", `${param}.audio`);
  const thinking = message.reasoning_content ?? thoughtsAmong(content);
  const texts =
    typeof content === 'string'
      ? [content]
      : (content ?? []).flatMap((part, index) =>
          isThought(part) ? [] : [sayPart(part, `${param}.content[${index}]`)],
        );
  const hasThoughtParts = Array.isArray(content) && content.some(isThought);
  const signed = message['reasoning_details'] ?? message['thinking_blocks'];
  const isLost = isFilled(signed) || (hasThoughtParts && !thinking);
  if (isLost) context.warnings.add('messages[].reasoning_details is not supported');
  return {
    role: 'assistant',
    content: [...texts, ...(refusal ? [refusal] : [])].join('\n'),
    ...(thinking && { thinking }),
    ...(calls?.length && {
      tool_calls: calls.map((call, index) => toCall(call, context, `${param}.tool_calls[${index}]`)),
    }),
  };
}

/** Anthropic's blocks of thoughts, which stand among the parts. Those that are encrypted say nothing to others. */
function thoughtsAmong(content: AssistantMessage['content']): string {
  if (!Array.isArray(content)) return '';
  const texts = content.filter(isThought).map((part) => (part as { thinking?: unknown }).thinking);
  return texts.filter((one) => typeof one === 'string').join('\n');
}

function toCall(call: ToolCall, { toolNames, inputs, warnings }: Context, param: string): OllamaCall {
  if (call.type !== 'function') throw unsupported('Ollama has function tools only.', `${param}.type`);
  const { name, arguments: json } = call.function;
  toolNames.set(call.id, name);
  const { input, isMended } = inputs.read(json);
  if (isMended) warnings.add(mendedInputWarning);
  return { function: { name, arguments: input } };
}

function sayPart(part: ContentPart, param: string): string {
  if (part.type === 'text') return part.text;
  if (part.type === 'refusal') return part.refusal;
  throw unsupportedPart('Ollama models', part, param);
}
