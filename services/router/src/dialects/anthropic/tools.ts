import type { Tool, ToolChoice } from '@anthropic-ai/sdk/resources/messages';
import type { ChatRequest } from '@weir/contracts/chat/request';
import type { FunctionTool, Tool as ChatTool } from '@weir/contracts/chat/tool';
import { cacheControl } from './content.ts';
import { toStrictSchema } from './strict-schema.ts';
import { unsupported } from '../unsupported.ts';

/** The tools of a request, and which of them the model may use. */
export function toToolFields(chat: ChatRequest): { tools?: Tool[]; tool_choice?: ToolChoice } {
  if (!chat.tools?.length) return {};
  const choice = toToolChoice(chat);
  return { tools: chat.tools.map(toTool), ...(choice && { tool_choice: choice }) };
}

/** Whether the model has to call a tool, be it one or any. */
export function forcesToolUse(chat: ChatRequest): boolean {
  const choice = chat.tool_choice;
  return choice === 'required' || (typeof choice === 'object' && choice?.type === 'function');
}

function toTool(tool: ChatTool, index: number): Tool {
  if (tool.type !== 'function') {
    throw unsupported('Anthropic models have no tools with free-form input.', `tools[${index}].type`);
  }
  const { name, description, strict } = tool.function;
  return {
    name,
    ...(description && { description }),
    input_schema: toInputSchema(tool),
    ...(strict === true && { strict }),
    ...cacheControl(tool),
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
  if (choice === 'none') return { type: 'none' };
  if (choice === 'auto') return { type: 'auto', ...oneAtATime };
  if (choice === 'required') return { type: 'any', ...oneAtATime };
  if (typeof choice !== 'object') {
    throw unsupported(`Anthropic models have no tool choice "${choice}".`, 'tool_choice');
  }
  if (choice.type === 'function') return { type: 'tool', name: choice.function.name, ...oneAtATime };
  throw unsupported(`Anthropic models have no tool choice "${choice.type}".`, 'tool_choice.type');
}
