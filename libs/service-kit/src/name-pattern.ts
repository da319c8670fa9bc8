/** Whether a name is one that the pattern stands for. */
export type NamePattern = (name: string) => boolean;

/**
 * Compiles a pattern in which `*` stands for any characters, and nothing else has a meaning. Matching takes no longer than the
 * name times the pattern, however many `*` there are.
 */
export function compileNamePattern(pattern: string): NamePattern {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return (name) => name === pattern;
  if (rest.length === 0 && first === '' && last === '') return () => true;
  return (name) => {
    if (!name.startsWith(first) || !name.endsWith(last)) return false;
    const end = name.length - last.length;
    let at = first.length;
    // The earliest place of each part leaves the most room for those after it.
    for (const part of rest) {
      const found = name.indexOf(part, at);
      if (found === -1) return false;
      at = found + part.length;
    }
    return at <= end;
  };
}

/** For a pattern that is used once: what is matched again and again is compiled. */
export function matchesPattern(pattern: string, name: string): boolean {
  return compileNamePattern(pattern)(name);
}

/** Whether of each of these lists a pattern matches. */
export function matchesEach(lists: readonly (readonly string[])[], name: string): boolean {
  return lists.every((patterns) => patterns.some((pattern) => matchesPattern(pattern, name)));
}
