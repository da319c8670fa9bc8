import type { ContentBlockParam } from '@anthropic-ai/sdk/resources/messages';
import { isThought } from './reasoning-details.ts';

export interface Turn {
  readonly role: 'user' | 'assistant';
  content: ContentBlockParam[];
}

/** Adds to the last turn where it is of the same role, since Anthropic's turns alternate. */
export function addInOrder(turns: Turn[], role: Turn['role'], content: ContentBlockParam[]): void {
  if (content.length === 0) return;
  const last = turns.at(-1);
  if (last?.role !== role) turns.push({ role, content });
  // One by one: a message may have more parts than a call may have arguments.
  else for (const block of content) last.content.push(block);
}

/** What a conversation has to be once all is said. */
export function finishTurns(turns: Turn[]): void {
  beginWithUser(turns);
  for (const turn of turns) turn.content = inOrder(turn);
  trimPrefill(turns);
}

/**
 * Whether the last turn answers tool calls of turns in which nobody has thought. Where thinking is asked for with a budget,
 * Anthropic refuses to go on with those. Thoughts stand once in such turns, before the first call.
 */
export function lacksThoughts(turns: readonly Turn[]): boolean {
  if (!isResult(turns.at(-1))) return false;
  for (let at = turns.length - 1; isResult(turns[at]); at -= 2) {
    const [first] = turns[at - 1]?.content ?? [];
    if (first !== undefined && isThought(first)) return false;
  }
  return true;
}

function isResult(turn: Turn | undefined): boolean {
  return turn?.role === 'user' && turn.content[0]?.type === 'tool_result';
}

/** Thoughts stand before all else, and results of tools before what else the user says, also where messages were put together. */
function inOrder({ role, content }: Turn): ContentBlockParam[] {
  const isFirst = role === 'assistant' ? isThought : ({ type }: ContentBlockParam) => type === 'tool_result';
  const begin = content.findIndex((block) => !isFirst(block));
  if (begin === -1 || !content.some((block, index) => index > begin && isFirst(block))) return content;
  return [...content.filter(isFirst), ...content.filter((block) => !isFirst(block))];
}

/**
 * Anthropic's conversations begin with the user's turn, and OpenAI's may begin with a greeting, or be nothing but
 * instructions. The least that the user can have said is a full stop.
 */
function beginWithUser(turns: Turn[]): void {
  if (turns[0]?.role === 'user') return;
  turns.unshift({ role: 'user', content: [{ type: 'text', text: '.' }] });
}

/** An assistant's last message is the beginning of the answer, and Anthropic refuses one that ends in white space. */
function trimPrefill(turns: Turn[]): void {
  const last = turns.at(-1);
  const block = last?.role === 'assistant' ? last.content.at(-1) : undefined;
  if (block?.type === 'text') block.text = block.text.trimEnd();
}
