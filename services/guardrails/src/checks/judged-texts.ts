import type { Direction } from '@weir/contracts/guardrails/policy';
import type { ScreenedText } from '../domain/check.ts';

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
export function spokenTexts(texts: readonly ScreenedText[], direction: Direction): readonly JudgedText[] {
  return texts.flatMap(({ form, path, role, text }, index) => {
    const isSpoken = form === 'text' && contentPath.test(path);
    const isJudged = isSpoken && (direction === 'output' || role === 'user');
    return isJudged ? [{ index, text }] : [];
  });
}
