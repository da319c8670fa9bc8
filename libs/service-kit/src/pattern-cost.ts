/** `\pL` is some hundred ranges. */
const unicodeClassCost = 30;
/** How many characters of a range are looked up in both cases in the time of one instruction. */
const foldedPerCost = 64;

/** Where a group begins and ends. */
const groupCost = 3;

/** A quoted text, a class of Unicode, another escape, a class in brackets, a group's beginning or flags, a repetition, any other. */
const token =
  /\\Q[^]*?(?:\\E|$)|\\p(?:\{[^}]*\}|.)|\\x\{[\da-f]*\}|\\.|\[\^?\]?(?:\\.|\[:\^?\w*:\]|[^\]\\])*\]?|\((?:\?[\w-]*\)|\?P?<\w*>|\?[\w-]*:)?|\{(?<least>\d+)(?:,(?<most>\d*))?\}|./gisu;

/**
 * What it costs at most to compile a pattern in RE2's syntax, in instructions or in what takes as long; told before it is
 * compiled, since that may be the most expensive of all. Counted repetitions are written out: within each other, they multiply.
 */
export function estimatePatternCost(pattern: string): number {
  const classes = pattern.match(/\\p/gi) ?? [];
  return countInstructions(pattern) + classes.length * unicodeClassCost + countFolded(pattern);
}

function countInstructions(pattern: string): number {
  /** Of the whole, and of each group that is open: what stands in it up to now. */
  const open = [1];
  /** What a count would repeat. */
  let last = 0;
  const add = (cost: number) => {
    last = cost;
    open.push((open.pop() ?? 0) + cost);
  };
  for (const { 0: text, groups } of pattern.matchAll(token)) {
    if (groups?.['least'] !== undefined) {
      const least = Number(groups['least']);
      const most = groups['most'] === undefined ? least : Number(groups['most'] || least + 1);
      // Each copy that need not be there has a branch of its own.
      const all = last * Math.max(1, most) + Math.max(0, most - least);
      add(all - last);
      last = all;
    } else if (text === ')') add(open.length > 1 ? (open.pop() ?? 0) : 0);
    else if (text.startsWith('(') && !text.endsWith(')')) open.push(groupCost);
    else if (/^[*+?]$/.test(text)) {
      const repeated = last + 1;
      add(1);
      last = repeated;
    } else add(costOf(text));
  }
  return open.reduce((sum, cost) => sum + cost);
}

function costOf(text: string): number {
  if (text.startsWith('\\Q')) return text.length;
  // Each copy has the ranges of a class of Unicode for itself.
  return Math.max(1, 3 * (text.match(/\\p/gi) ?? []).length);
}

/** Where case does not matter each character of a range is looked up: up to the range's last, whatever its first is. */
function countFolded(pattern: string): number {
  if (!/\(\?[a-z]*i/i.test(pattern)) return 0;
  const ends = pattern.matchAll(/(?<=-)(?:\\x\{([\da-f]+)\}|.)/giu);
  return [...ends].reduce((sum, [end, hex]) => {
    const last = hex === undefined ? end.codePointAt(0) : parseInt(hex, 16);
    return sum + Math.ceil((last ?? 0) / foldedPerCost);
  }, 0);
}
