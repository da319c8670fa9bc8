import type { ModelRequest } from './model-request.ts';
import { sampleSchema } from './schema-sampler.ts';
import { countTokens, splitTokens } from './tokens.ts';
import type { ToolCall } from './tool-calls.ts';
import { chooseToolCalls } from './tool-calls.ts';

export type Finish = 'stop' | 'stop_sequence' | 'length' | 'tool_calls' | 'refusal';

export interface ModelChoice {
  /** What the model thought before it spoke; empty when it was not asked to reason. */
  reasoning: string;
  text: string;
  toolCalls: ToolCall[];
  finish: Finish;
  /** The stop sequence that ended the text. */
  stopSequence: string | null;
}

/** Each token is counted in exactly one of the input fields; `outputTokens` includes `reasoningTokens`. */
export interface TokenUsage {
  inputTokens: number;
  cacheReadTokens: number;
  cacheWrite5mTokens: number;
  cacheWrite1hTokens: number;
  outputTokens: number;
  reasoningTokens: number;
}

export interface ModelAnswer {
  choices: ModelChoice[];
  usage: TokenUsage;
}

/** How the fake model is told to answer. */
export interface AnswerSettings {
  /** A text that comes before every echo. */
  lead?: string | undefined;
  /** The whole text, in place of the echo. */
  answer?: string | undefined;
  usage?: Partial<TokenUsage> | undefined;
  /** `no_choices`: nothing is said. `refusal`: the provider's policy stops the answer. */
  defect?: 'no_choices' | 'refusal' | undefined;
}

/** The fake model: the same request and settings always give the same answer. */
export function composeAnswer(request: ModelRequest, settings: AnswerSettings): ModelAnswer {
  const choices = composeChoices(request, settings);
  const reasoningTokens = sum(choices.map((choice) => countTokens(choice.reasoning)));
  const usage: TokenUsage = {
    inputTokens: request.promptTokens,
    cacheReadTokens: 0,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    outputTokens: reasoningTokens + sum(choices.map(countSpokenTokens)),
    reasoningTokens,
    ...settings.usage,
  };
  return { choices, usage };
}

/** All tokens of the prompt, cached or not. */
export function totalInputTokens(usage: TokenUsage): number {
  return usage.inputTokens + usage.cacheReadTokens + usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;
}

function composeChoices(request: ModelRequest, settings: AnswerSettings): ModelChoice[] {
  if (settings.defect === 'no_choices') return [];
  if (settings.defect === 'refusal') {
    return [{ reasoning: '', text: '', toolCalls: [], finish: 'refusal', stopSequence: null }];
  }
  return Array.from({ length: request.choiceCount }, (_, index) => composeChoice(request, settings, index));
}

function composeChoice(request: ModelRequest, settings: AnswerSettings, index: number): ModelChoice {
  const reasoning = request.reasons ? `Thinking about: ${request.lastUserText}` : '';
  const toolCalls = settings.answer === undefined ? chooseToolCalls(request) : [];
  if (toolCalls.length > 0) {
    const announced = request.announcesToolCalls && request.toolChoice === 'auto';
    const text = announced ? `I will call ${toolCalls.map((call) => call.name).join(' and ')}.` : '';
    return { reasoning, text, toolCalls, finish: 'tool_calls', stopSequence: null };
  }
  const said = settings.answer ?? composeText(request, settings.lead);
  const text = index === 0 ? said : `${said} (choice ${index + 1})`;
  return { reasoning, toolCalls, ...cutText(text, countTokens(reasoning), request) };
}

function composeText(request: ModelRequest, lead: string | undefined): string {
  if (request.outputFormat.kind === 'json_object') return JSON.stringify({ answer: request.lastUserText });
  if (request.outputFormat.kind === 'json_schema') {
    return JSON.stringify(sampleSchema(request.outputFormat.schema));
  }
  const echo =
    request.toolResults.length > 0
      ? `The tool answered: ${request.toolResults.join(', ')}`
      : `You said: ${request.lastUserText}${describeAttachments(request.attachments)}`;
  return lead === undefined ? echo : `${lead} ${echo}`;
}

function describeAttachments(attachments: string[]): string {
  if (attachments.length === 0) return '';
  const images = attachments.filter((mediaType) => mediaType.startsWith('image/'));
  const others = attachments.filter((mediaType) => !mediaType.startsWith('image/'));
  const parts = [
    images.length > 0 && `${images.length} ${images.length === 1 ? 'image' : 'images'}: ${images.join(', ')}`,
    others.length > 0 && `${others.length} other: ${others.join(', ')}`,
  ];
  return ` [${parts.filter(Boolean).join('; ')}]`;
}

/** Ends the text at the first stop sequence, and at the output cap, from which reasoning has already taken its part. */
function cutText(
  text: string,
  reasoningTokens: number,
  request: ModelRequest,
): Pick<ModelChoice, 'text' | 'finish' | 'stopSequence'> {
  const stop = firstStop(text, request.stopSequences);
  const spoken = stop === undefined ? text : text.slice(0, stop.position);
  const room = Math.max(0, (request.maxOutputTokens ?? Infinity) - reasoningTokens);
  if (countTokens(spoken) > room) {
    const kept = splitTokens(spoken).slice(0, room).join('').trimEnd();
    return { text: kept, finish: 'length', stopSequence: null };
  }
  if (stop === undefined) return { text, finish: 'stop', stopSequence: null };
  return { text: spoken, finish: 'stop_sequence', stopSequence: stop.sequence };
}

function firstStop(text: string, sequences: string[]): { sequence: string; position: number } | undefined {
  return sequences
    .map((sequence) => ({ sequence, position: text.indexOf(sequence) }))
    .filter(({ position }) => position >= 0)
    .sort((left, right) => left.position - right.position)[0];
}

function countSpokenTokens(choice: ModelChoice): number {
  const callTokens = choice.toolCalls.map((call) => countTokens(JSON.stringify(call.arguments)) + 1);
  return countTokens(choice.text) + sum(callTokens);
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
