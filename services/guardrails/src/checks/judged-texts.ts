import type { CheckContext, ScreenedText } from '../domain/check.ts';

/** A text, and its place in the list that it is from. */
export interface JudgedText {
  readonly index: number;
  readonly text: string;
}

const contentPath = /(?:^|\.)content(?:\[\d+\](?:\.text)?)?$/;

/**
 * The texts that are somebody's words: of a request those of users, of an answer its contents, and no reasoning, names or
 * arguments of tools. Checks on an answer's form judge each by itself.
 */
export async function spokenTexts(
  texts: readonly ScreenedText[],
  { direction, yieldTurn }: Pick<CheckContext, 'direction' | 'yieldTurn'>,
): Promise<readonly JudgedText[]> {
  const spoken: JudgedText[] = [];
  for (const [index, one] of texts.entries()) {
    const { form, role, text } = one;
    const mayBeJudged = form === 'text' && (direction === 'output' || role === 'user');
    if (mayBeJudged && contentPath.test(one.path)) spoken.push({ index, text });
    await yieldTurn();
  }
  return spoken;
}
