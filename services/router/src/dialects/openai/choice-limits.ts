import { maxAnswerItems } from '@weir/contracts/limits';
import { isJsonObject } from '@weir/service-kit/exact-json';
import { invalid } from '../parse-response.ts';

// Looked at before a schema is: to judge hundreds of thousands of choices or calls takes seconds, good ones too.

/** Of one chunk: each of them may end all calls of its choice. Hosts send one, or as many as were asked for. */
export const maxChunkChoices = 128;

/** Throws where an answer, or a chunk of one, has more choices, or one of them more parts or calls, than any has. */
export function assertNotTooMany(body: unknown, maxChoices = maxAnswerItems): void {
  for (const choice of listOf(body, 'choices', maxChoices)) {
    for (const said of [fieldOf(choice, 'message'), fieldOf(choice, 'delta')]) {
      listOf(said, 'content');
      listOf(said, 'tool_calls');
    }
  }
}

/** The answer without the choices that nobody has asked for; the same object where there are none of them. */
export function withoutSurplus(body: unknown, choices: number): unknown {
  const list = fieldOf(body, 'choices');
  if (!Array.isArray(list) || list.length <= choices) return body;
  return { ...(body as object), choices: list.slice(0, choices) };
}

function listOf(value: unknown, name: string, maxLength = maxAnswerItems): readonly unknown[] {
  const list = fieldOf(value, name);
  if (!Array.isArray(list)) return [];
  if (list.length > maxLength) throw invalid(`More than ${maxLength} ${name}`);
  return list;
}

function fieldOf(value: unknown, name: string): unknown {
  return isJsonObject(value) ? value[name] : undefined;
}
