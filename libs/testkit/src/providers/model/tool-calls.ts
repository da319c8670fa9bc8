import type { ModelRequest, OfferedTool } from './model-request.ts';
import { sampleSchema } from './schema-sampler.ts';

export interface ToolCall {
  name: string;
  arguments: unknown;
}

/**
 * The tool calls the fake model makes. It calls a tool when it is forced to, or when the user says `call the tool`,
 * `call both tools` or the name of a tool; never again once the tools have answered.
 */
export function chooseToolCalls(request: ModelRequest): ToolCall[] {
  return chooseTools(request).map((tool) => ({
    name: tool.name,
    arguments: sampleSchema(tool.parameters),
  }));
}

function chooseTools(request: ModelRequest): OfferedTool[] {
  const { tools, toolChoice, lastUserText, parallelToolCalls } = request;
  if (tools.length === 0 || toolChoice === 'none') return [];
  if (typeof toolChoice === 'object') return tools.filter((tool) => tool.name === toolChoice.name);
  if (request.toolResults.length > 0 && toolChoice === 'auto') return [];
  if (lastUserText.includes('call both tools')) return tools.slice(0, parallelToolCalls ? 2 : 1);
  const named = tools.filter((tool) => lastUserText.includes(tool.name));
  if (named.length > 0) return parallelToolCalls ? named : named.slice(0, 1);
  const calls = toolChoice === 'required' || lastUserText.includes('call the tool');
  return calls ? tools.slice(0, 1) : [];
}
