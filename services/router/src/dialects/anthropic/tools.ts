import type { Tool, ToolChoice, ToolUnion } from '@anthropic-ai/sdk/resources/messages';
import type { ChatRequest } from '@weir/contracts/chat/request';
import type { FunctionTool, Tool as ChatTool } from '@weir/contracts/chat/tool';
import { cacheControl } from './cache-marks.ts';
import { toStrictSchema } from './strict-schema.ts';
import { unsupported } from '../unsupported.ts';

/** The tools of a request, and which of them the model may use. */
export function toToolFields(chat: ChatRequest): { tools?: ToolUnion[]; tool_choice?: ToolChoice } {
  if (!chat.tools?.length) return {};
  const choice = toToolChoice(chat);
  return { tools: chat.tools.map(toTool), ...(choice && { tool_choice: choice }) };
}

/** Whether the model has to call a tool, be it one or any. */
export function forcesToolUse(chat: ChatRequest): boolean {
  return Boolean(chat.tools?.length) && ['any', 'tool'].includes(toToolChoice(chat)?.type ?? '');
}

/** Anthropic's own tools, whose types have the date of their version: `web_search_20250305`. */
const ownType = /^[a-z0-9_]+_\d{8}$/;

function toTool(tool: ChatTool, index: number): ToolUnion {
  if (tool.type === 'custom') {
    throw unsupported('Anthropic models have no tools with free-form input.', `tools[${index}].type`);
  }
  if (tool.type !== 'function') {
    // As the caller has it: Anthropic knows which versions there are.
    if (ownType.test(tool.type)) return tool as unknown as ToolUnion;
    throw unsupported(`Anthropic models have no tools of the type "${tool.type}".`, `tools[${index}].type`);
  }
  const { name, description, strict } = tool.function;
  return {
    name,
    ...(description && { description }),
    input_schema: toInputSchema(tool),
    ...(strict === true && { strict }),
    ...cacheControl(tool, tool.function),
  };
}

/** The schema as a whole, unless the call's form is guaranteed. Anthropic wants its type said; OpenAI does not. */
function toInputSchema({ function: { parameters, strict } }: FunctionTool): Tool.InputSchema {
  const schema = { ...parameters, type: 'object' as const };
  return strict === true ? { ...toStrictSchema(schema), type: schema.type } : schema;
}

function toToolChoice(chat: ChatRequest): ToolChoice | undefined {
  const oneAtATime = chat.parallel_tool_calls === false && { disable_parallel_tool_use: true };
  const choice = chat.tool_choice ?? (oneAtATime ? 'auto' : undefined);
  if (choice === undefined) return undefined;
  const word: string = typeof choice === 'object' ? choice.type : choice;
  if (typeof choice === 'object' && choice.type === 'function') {
    return { type: 'tool', name: choice.function.name, ...oneAtATime };
  }
  switch (word) {
    case 'none':
      return { type: 'none' };
    case 'auto':
      return { type: 'auto', ...oneAtATime };
    // OpenAI's word, and Anthropic's own.
    case 'required':
    case 'any':
      return { type: 'any', ...oneAtATime };
    case 'tool':
      if (typeof choice === 'object') return { ...oneAtATime, ...(choice as object as ToolChoice) };
  }
  const param = typeof choice === 'object' ? 'tool_choice.type' : 'tool_choice';
  throw unsupported(`Anthropic models have no tool choice "${word}".`, param);
}
