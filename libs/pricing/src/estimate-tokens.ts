/** About how many tokens a text is: for usage that nobody has counted. Never 0 for a text that is not empty. */
export function estimateTokens(text: string): number {
  return Math.ceil(text.length / 4);
}
