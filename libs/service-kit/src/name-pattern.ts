/**
 * Whether a name is one of those that a pattern stands for: `*` in it is any characters, or none. Cheap whatever the
 * pattern is, which a regular expression made of it would not be.
 */
export function matchesPattern(pattern: string, name: string): boolean {
  const [start = '', ...rest] = pattern.split('*');
  const end = rest.pop();
  if (end === undefined) return name === pattern;
  if (!name.startsWith(start)) return false;
  let at = start.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return name.length - end.length >= at && name.endsWith(end);
}

/** Whether of each of these lists a pattern matches. */
export function matchesEach(lists: readonly (readonly string[])[], name: string): boolean {
  return lists.every((patterns) => patterns.some((pattern) => matchesPattern(pattern, name)));
}
