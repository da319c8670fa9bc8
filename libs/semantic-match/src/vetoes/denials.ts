import type { Side } from './comparison.ts';
import type { Reading, Term } from './reading.ts';
import type { Check } from './veto.ts';

/** What one text denies and the other does not. */
export const negations: Check = ({ left, right, mode }) => {
  const count = ({ reading, terms, only }: Side) =>
    terms.filter(({ kind }) => kind === 'negation').length +
    (mode.plain ? only.filter((term) => mayDeny(reading, term)).length : 0);
  const [mine, theirs] = [count(left), count(right)];
  const reversed = reverserOf(left, right) ?? reverserOf(right, left);
  if (mine === theirs && reversed === undefined) return undefined;
  return { kind: 'negation', detail: reversed ?? `${mine} / ${theirs}` };
};

/** A word that only one text has, that turns round what follows, which both have: "stop", "bỏ", "vô". */
function reverserOf(side: Side, other: Side): string | undefined {
  if (other.unmatched.length > 0) return undefined;
  const only = new Set(side.unmatched);
  return side.terms.find((term, index) => {
    const next = side.terms[index + 1];
    return reversers.has(term.key) && only.has(term) && next !== undefined && !only.has(next);
  })?.key;
}

const reversers = new Set(
  'stop quit avoid prevent cancel undo revok remov delet ban bỏ hủy huỷ ngừng ngưng dừng vô bất phi chống tránh bo huy ngung vo bat chong tranh hết het'.split(
    ' ',
  ),
);

/** Without diacritics "đừng" and "khỏi" look like other words: they count where only one text has them. */
function mayDeny({ tokens, marked }: Reading, { key, token }: Term): boolean {
  if (key !== 'dung' && key !== 'khoi') return false;
  if (marked) return tokens[token]?.word === 'đừng' || tokens[token]?.word === 'khỏi';
  return !compoundsOfUse.has(tokens[token - 1]?.plain ?? '');
}

/** "ứng dụng", "sử dụng", "nội dung". */
const compoundsOfUse = new Set('ung su ap tac noi xay tieu tan thuc co chan bao'.split(' '));
