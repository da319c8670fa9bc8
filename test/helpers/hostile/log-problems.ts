/** No line of a log may be longer. */
export const maxLogLineChars = 32_768;

/** C0, DEL and C1, and what turns the direction of a text. */
// eslint-disable-next-line no-control-regex -- these are what is looked for
const unclean = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

/** What is wrong with these lines of a log: each holds a bounded text, without control characters and without what it may never hold. */
export function logProblems(lines: readonly string[], never: readonly string[]): string[] {
  return lines.flatMap((line) => {
    const beginning = JSON.stringify(line.slice(0, 200));
    const problems: string[] = [];
    if (line.length > maxLogLineChars) problems.push(`a line of ${line.length} characters: ${beginning}`);
    if (unclean.test(line)) problems.push(`a control character in the line ${beginning}`);
    for (const text of never) {
      if (line.includes(text)) problems.push(`${text} in the line ${beginning}`);
    }
    if (/"code":"internal_error"|an error that nobody handled/.test(line))
      problems.push(`an internal error: ${JSON.stringify(line.slice(0, 1_000))}`);
    return problems;
  });
}
