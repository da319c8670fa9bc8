import type { Token } from '../tokens.ts';
import type { ReadingMode } from './reading-mode.ts';

const english = new Set(
  `not no never without none nobody nothing neither nor cannot cant dont doesnt didnt isnt arent wasnt werent wont wouldnt shouldnt couldnt hasnt havent hadnt aint non unable fail fails failed failing refuse refuses hardly barely lack lacks lacking except unless nowhere`.split(
    ' ',
  ),
);
const vietnamese = new Set(
  'không ko k hok hông hem hổng khong chưa chẳng chả đừng khỏi chớ chẳng'.split(' '),
);
/** Without diacritics "dung" is "dùng" (use) far more often than "đừng", "cha" a father, "chua" a taste. */
const plainVietnamese = new Set('khong ko k hok chua chang'.split(' '));
const questionEnders = new Set('không ko k hok hông hem khong hong chưa chua'.split(' '));
/** What may stand behind the "không" of a question. */
const particles = new Set(
  `a ạ à vay vậy the thế nhi nhỉ ban bạn ad admin shop em anh chi chị ha hả ta nhe nhé nha bot oi ơi e b m t minh mình ha vậy z zay zậy zo zợ zo mày may may tao mọi the thế nao nào day đấy đây do đó nua nữa ni hen luon luôn moi mọi ca cả nguoi người`.split(
    ' ',
  ),
);
/** What begins another clause behind the "không" of a question. */
const clauseStarters = new Set('khi nếu neu hay hoặc hoac mà ma thì thi va và vì vi tại tai sao'.split(' '));
/** Compounds in which the syllable denies nothing: space, air, air force, in the air; aviation. */
const compounds = new Set('gian khí khi quân quan trung lực luc phận phan'.split(' '));
const left = new Set(['hàng', 'hang', 'số', 'ra', 'thoát', 'thoat', 'tránh', 'tranh']);
const asksFor = new Set('gì gi nào nao sao đâu dau ai mấy may nhiêu nhieu'.split(' '));

const firstPerson = new Set('toi minh em e t to con chau ma'.split(' '));

/** Whether a token denies, or only asks ("có ... không", "... chưa"), or does neither. */
export function negationAt(
  tokens: readonly Token[],
  index: number,
  { language, plain }: ReadingMode,
): 'negation' | 'question' | undefined {
  const token = tokens[index];
  if (token?.kind !== 'word') return undefined;
  if (language === 'en') return englishAt(tokens, index, token);
  const word = plain ? token.plain : token.word;
  if (englishAt(tokens, index, token) === 'negation' && token.word !== 'k' && token.word.length > 2)
    return 'negation';
  // "hong" is a rose as well.
  if (plain && (word === 'hong' || word === 'hem'))
    return endsQuestion(tokens, index) ? 'question' : undefined;
  if (!(plain ? plainVietnamese : vietnamese).has(word)) return undefined;
  const before = tokens[index - 1];
  const after = tokens[index + 1];
  if (after !== undefined && !token.endsClause && (word.startsWith('kh') || word.startsWith('ch'))) {
    if (['không', 'khong'].includes(word) && compounds.has(after.word) && after.word !== 'khi')
      return undefined;
    if (word === 'khỏi' && !['cần', 'phải', 'lo', 'mất', 'can', 'phai'].includes(after.word))
      return undefined;
  }
  if (word === 'khỏi' && (token.endsClause || before?.plain === 'ra')) return undefined;
  if (
    before !== undefined &&
    ['không', 'khong'].includes(word) &&
    left.has(before.word) &&
    before.plain === 'hang'
  )
    return undefined;
  if (before?.joined !== undefined && /^\d/u.test(before.word) && token.joined) return undefined;
  if (!questionEnders.has(word)) return 'negation';
  if (endsQuestion(tokens, index)) return 'question';
  // "Tôi không biết ... là gì" asks what it is.
  const own = before === undefined || before.endsClause || firstPerson.has(before.plain);
  if (
    own &&
    after?.plain === 'biet' &&
    tokens.slice(index + 2, index + 16).some(({ word: later }) => asksFor.has(later))
  )
    return 'question';
  return 'negation';
}

function endsQuestion(tokens: readonly Token[], index: number): boolean {
  for (let next = index; next < tokens.length && next < index + 6; next += 1) {
    const token = tokens[next];
    if (token === undefined) return true;
    if (next > index) {
      if (clauseStarters.has(token.word) && next === index + 1) return true;
      if (!particles.has(token.word)) return false;
    }
    if (token.endsClause) return true;
  }
  return false;
}

function englishAt(
  tokens: readonly Token[],
  index: number,
  token: Token,
): 'negation' | 'question' | undefined {
  const word = token.word;
  const bare = word.replaceAll("'", '');
  if (!english.has(word) && !english.has(bare) && !word.endsWith("n't")) return undefined;
  const before = tokens[index - 1]?.word;
  const after = tokens[index + 1]?.word;
  // "whether or not", "yes or no", "not only", "No. 1", "why not".
  if (before === 'or' && (token.endsClause || word.endsWith("n't"))) return 'question';
  if (word === 'not' && (after === 'only' || after === 'just')) return 'question';
  if (word === 'no' && (tokens[index + 1]?.kind === 'number' || (token.endsClause && after === 'of')))
    return 'question';
  return 'negation';
}
