import { maxAnswerItems } from '@weir/contracts/limits';
import { z } from 'zod';
import { safeName } from '../parameter-map.ts';
import { invalid } from '../parse-response.ts';

/** How many types of parts that are lost are told. */
const maxLostTypes = 8;

/** A part of a message, in the words of Mistral, Databricks, Cohere and OpenAI's own requests. */
const part = z.looseObject({
  type: z.string().optional().catch(undefined),
  text: z.string().nullish().catch(undefined),
  /** Thoughts: text, or parts of it. */
  thinking: z.unknown().optional(),
  reasoning: z.unknown().optional(),
  summary: z.unknown().optional(),
});

export interface HostContent {
  readonly content: string | null | undefined;
  readonly thoughts: string;
  /** Parts that are images, as they came. */
  readonly images: readonly object[];
  /** The types of parts that OpenAI's form has no place for. */
  readonly lost: readonly string[];
}

/** Reads the content of a message, which some hosts send in parts, or as the value that they were asked to write as JSON. */
export function readContent(said: unknown): HostContent {
  const nothing = { thoughts: '', images: [], lost: [] };
  if (typeof said === 'string' || said === null || said === undefined) return { content: said, ...nothing };
  const isParts = Array.isArray(said) || (typeof said === 'object' && 'type' in said);
  if (!isParts) return { content: JSON.stringify(said), ...nothing };
  return joinParts(Array.isArray(said) ? said : [said]);
}

function joinParts(parts: readonly unknown[]): HostContent {
  let content = '';
  let thoughts = '';
  const images: object[] = [];
  const lost = new Set<string>();
  if (parts.length > maxAnswerItems) throw invalid(`More than ${maxAnswerItems} parts of content`);
  for (const item of parts) {
    const read = part.safeParse(item).data;
    const thought = textOf(read?.thinking) + textOf(read?.reasoning) + textOf(read?.summary);
    if (typeof item === 'string') content += item;
    else if (thought !== '') thoughts += thought;
    else if (read?.type?.startsWith('image')) images.push(read);
    else if (typeof read?.text === 'string') content += read.text;
    else if (read?.type !== 'thinking' && read?.type !== 'reasoning') lost.add(nameOf(read?.type));
  }
  return { content, thoughts, images, lost: [...lost].slice(0, maxLostTypes) };
}

/** Of a part that is lost: a warning travels in a header. */
function nameOf(type: string | undefined): string {
  return type !== undefined && safeName.test(type) ? type : 'unknown';
}

function textOf(said: unknown): string {
  if (typeof said === 'string') return said;
  if (!Array.isArray(said)) return '';
  const texts = said.slice(0, maxAnswerItems).map((item) => part.safeParse(item).data?.text ?? '');
  return texts.join('');
}

/** Whether a message, or a piece of one, calls a function by OpenAI's older field. */
export function callsFunction(message: Readonly<Record<string, unknown>>): boolean {
  const call = message['function_call'];
  return typeof call === 'object' && call !== null && saysSomething(call);
}

/** What a value is called, and nothing that is said. */
const labels = new Set(['role', 'type', 'format']);

/**
 * Whether a message, or a piece of one, says anything: text, thoughts, a call, an image, or whatever else a host may send. A
 * role alone, nulls, empty texts and lists, numbers and flags say nothing.
 */
export function saysSomething(message: object): boolean {
  return Object.entries(message).some(([name, value]) => !labels.has(name) && isSomething(value));
}

function isSomething(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return typeof value === 'string' && value !== '';
  return Array.isArray(value) ? value.some(isSomething) : saysSomething(value);
}

/** What a chunk of any host may have, and what says nothing of an answer. */
const commonFields: ReadonlySet<string> = new Set([
  ...['id', 'object', 'created', 'model', 'choices', 'usage', 'error'],
  ...['service_tier', 'system_fingerprint', 'obfuscation', 'provider'],
]);

/** Whether a chunk without a choice tells something: filter results (Azure), citations (Perplexity), timings (llama.cpp). */
export function hasOwnFields(chunk: unknown): boolean {
  if (typeof chunk !== 'object' || chunk === null || !('choices' in chunk)) return false;
  return Object.entries(chunk).some(([name, value]) => !commonFields.has(name) && value !== null);
}
