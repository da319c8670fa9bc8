import type { JsonSchema } from './schema-sampler.ts';

export interface OfferedTool {
  name: string;
  parameters: JsonSchema;
}

export type ToolChoice = 'auto' | 'none' | 'required' | { name: string };

export type OutputFormat =
  { kind: 'text' } | { kind: 'json_object' } | { kind: 'json_schema'; schema: JsonSchema };

/** What a request asks of the model, free of the wire protocol it came in. */
export interface ModelRequest {
  model: string;
  stream: boolean;
  promptTokens: number;
  /** The last thing the user said; empty if the user said nothing. */
  lastUserText: string;
  /** What the tools answered, if the conversation ends with their results. */
  toolResults: string[];
  /** Media types of the images, sounds and files in the conversation, in order. */
  attachments: string[];
  tools: OfferedTool[];
  toolChoice: ToolChoice;
  parallelToolCalls: boolean;
  /** Whether the model says a sentence before a tool call it chose by itself, as Claude does. */
  announcesToolCalls: boolean;
  outputFormat: OutputFormat;
  reasons: boolean;
  stopSequences: string[];
  maxOutputTokens: number | undefined;
  choiceCount: number;
}
