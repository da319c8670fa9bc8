import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ContinuationSeam } from './continuation-seam.ts';

/** What the client sees in all, where the target gives `pieces` after `sent`. */
function joined(sent: string, pieces: readonly string[], isPrefilled = false): string {
  const seam = new ContinuationSeam({ sent, isPrefilled });
  return sent + pieces.map((piece) => seam.push(piece)).join('') + seam.end();
}

const norway = 'The capital of Norway is';

test.each([
  ['goes on', ' Oslo.'],
  ['begins again', 'The capital of Norway is Oslo.'],
  ['begins again after white space', '\n\nThe capital of Norway is Oslo.'],
  ['begins a few words before', 'of Norway is Oslo.'],
  ['begins in the middle of a word', 'rway is Oslo.'],
  ['says the last word again', 'is Oslo.'],
])('a target that %s gives one answer', (_name, continuation) => {
  expect(joined(norway, [continuation])).toBe('The capital of Norway is Oslo.');
  expect(joined(norway, Array.from(continuation))).toBe('The capital of Norway is Oslo.');
});

test.each([
  ['in other letters', norway, 'the Capital of Norway is Oslo.', `${norway} Oslo.`],
  ['within quotation marks', norway, '"The capital of Norway is Oslo."', `${norway} Oslo."`],
  ['after dots', norway, '...The capital of Norway is Oslo.', `${norway} Oslo.`],
  [
    'without Markdown',
    '**The** capital of *Norway* is ',
    'The capital of Norway is Oslo.',
    '**The** capital of *Norway* is Oslo.',
  ],
  [
    'with other white space',
    'The capital\nof Norway',
    'The capital of Norway is',
    'The capital\nof Norway is',
  ],
  [
    "in Unicode's other form",
    'Thủ đô của Việt Nam là',
    'Thủ đô của Việt Nam là Hà Nội'.normalize('NFD'),
    `Thủ đô của Việt Nam là${' Hà Nội'.normalize('NFD')}`,
  ],
])('an answer that is begun again %s is said once', (_name, sent, continuation, whole) => {
  for (const isPrefilled of [true, false]) {
    expect(joined(sent, [continuation], isPrefilled)).toBe(whole);
    expect(joined(sent, continuation.split(''), isPrefilled)).toBe(whole);
  }
});

test('a few words may come again in scripts without spaces, too', () => {
  expect(joined('北京是中国的首都', ['中国的首都,也是'])).toBe('北京是中国的首都,也是');
  expect(joined('東京は日本の首都です', ['首都です。'], true)).toBe('東京は日本の首都です。');
});

test('an emoji that is cut in two comes whole', () => {
  expect(joined('Hi \ud83d', ['\ud83d\ude00 there'])).toBe('Hi \ud83d\ude00 there');
  expect(joined('Hi \ud83d', ['\ud83d', '\ude00 there'], true)).toBe('Hi \ud83d\ude00 there');
});

test('an answer that was whole already gets no second one', () => {
  expect(joined('Oslo.', ['Os', 'lo.'])).toBe('Oslo.');
});

test('a word that was cut may be said whole', () => {
  expect(joined('The capital of Nor', ['Norway is Oslo.'])).toBe('The capital of Norway is Oslo.');
});

test.each([
  ['a reduplication', 'Lá cây xanh', ' xanh mướt.'],
  ['the subject', 'Machine learning is used wherever ', 'machine learning models fit.'],
  ['laughter', '他笑了:哈哈哈哈哈哈哈哈', '哈哈哈哈哈哈哈哈!'],
  ['a refrain', 'Na na na na na na', ' na na na hey'],
  ['an emoji', 'Go 😀', '😀 on'],
  ['a list', 'Apples are red.\n', 'Apricots are orange.'],
  ['a table', '| 0 | 0 |\n| 0 | 0 |\n', '| 0 | 0 |\n'],
  ['code', 'if (a) {\n  return value;\n}\nif (b) {\n  return value;\n', '}\n'],
  ['a word that is cut', 'thr', 'ee four'],
  ['a paragraph', 'The end.\n', '\nThe next.'],
])('text that repeats itself loses nothing: %s', (_name, sent, continuation) => {
  expect(joined(sent, [continuation])).toBe(sent + continuation);
  expect(joined(sent, Array.from(continuation))).toBe(sent + continuation);
});

test.each([
  ['turns off', 'The capital of the kingdom is Oslo.'],
  ['stops early', 'The capital of Norway'],
  ['introduces it', ' Of course! Here it is: The capital of Norway is Oslo.'],
])(
  'a target that begins again and %s is a fault, and no doubled text is a success',
  (_name, continuation) => {
    expect(() => joined(norway, Array.from(continuation))).toThrow(
      expect.objectContaining({ code: 'no_target_available' }) as Error,
    );
  },
);

test('white space that a prefilled message was given without comes once', () => {
  expect(joined('One.\n\n', ['\n', '\nTwo.'], true)).toBe('One.\n\nTwo.');
  expect(joined('One ', [' two'], true)).toBe('One two');
});

test('of a prefilled message a single word that comes again is said twice, while the whole of it is an echo', () => {
  expect(joined('co', ['conut'], true)).toBe('coconut');
  expect(joined(norway, [`${norway} Oslo.`], true)).toBe(`${norway} Oslo.`);
});

describe('whatever is cut, and however it comes', () => {
  /** Prose of which no word comes twice, and no word begins twice with the same as 'aardvark' and 'coconut' do. */
  const prose = fc
    .uniqueArray(fc.integer({ min: 0, max: 168 }), { minLength: 8, maxLength: 60 })
    .map((numbers) => numbers.map((number) => wordOf(number)).join(' '));
  const cut = fc.tuple(prose, fc.double({ min: 0.01, max: 0.99, noNaN: true })).map(([text, share]) => ({
    text,
    at: Math.max(1, Math.floor(text.length * share)),
  }));
  const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 8 });

  test.each([true, false])('a text goes on and loses nothing (prefilled: %s)', (isPrefilled) => {
    fc.assert(
      fc.property(cut, sizes, ({ text, at }, lengths) => {
        // Of white space at the end nothing can be said where the target has not seen it.
        fc.pre(!isPrefilled || text[at - 1] !== ' ');
        expect(joined(text.slice(0, at), cutInto(text.slice(at), lengths), isPrefilled)).toBe(text);
      }),
    );
  });

  test('a text that is begun again is said once', () => {
    fc.assert(
      fc.property(cut, sizes, ({ text, at }, lengths) => {
        expect(joined(text.slice(0, at), cutInto(text, lengths))).toBe(text);
      }),
    );
  });

  test('a text that is begun again in capitals and another form of Unicode is said once', () => {
    fc.assert(
      fc.property(cut, sizes, ({ text, at }, lengths) => {
        fc.pre(at > 16);
        const accented = (part: string) => part.replace(/a/g, 'ậ').replace(/o/g, 'ở');
        const again = accented(text).toUpperCase().normalize('NFD');
        const whole = joined(accented(text.slice(0, at)), cutInto(again, lengths));
        expect(whole.normalize('NFC').toLowerCase()).toBe(accented(text));
      }),
    );
  });

  test.each([true, false])(
    'a text that overlaps by two words or more is said once (prefilled: %s)',
    (isPrefilled) => {
      fc.assert(
        fc.property(cut, sizes, fc.nat(), ({ text, at }, lengths, seed) => {
          fc.pre(at > 16);
          const overlap = 12 + (seed % (at - 12));
          const again = cutInto(text.slice(at - overlap), lengths);
          expect(joined(text.slice(0, at), again, isPrefilled)).toBe(text);
        }),
      );
    },
  );

  test('nothing is held back for longer than it is the same', () => {
    fc.assert(
      fc.property(cut, fc.string({ minLength: 1 }), ({ text, at }, other) => {
        const seam = new ContinuationSeam({ sent: text.slice(0, at), isPrefilled: true });
        fc.pre(
          other.trim() !== '' && !text.includes(other) && !text.startsWith(other.trimStart().slice(0, 1)),
        );
        expect(seam.push(other).length + seam.end().length).toBeLessThanOrEqual(other.length);
        expect(seam.push('more')).toBe('more');
      }),
    );
  });
});

/** A word of its own for each number below 169. */
function wordOf(number: number): string {
  const letter = (index: number) => String.fromCharCode(97 + index);
  return `${letter(Math.floor(number / 13))}${letter(13 + (number % 13))}${number}`;
}

function cutInto(text: string, lengths: readonly number[]): string[] {
  const pieces: string[] = [];
  for (let at = 0, next = 0; at < text.length; next++) {
    const length = lengths[next % lengths.length] ?? 1;
    pieces.push(text.slice(at, at + length));
    at += length;
  }
  return pieces;
}

const half = 'a'.repeat(100_000);

test.each([
  ['which may be introduced', [`c${half}`, half, half]],
  ['in other letters', [`${half}b${half}`.toUpperCase(), 'c']],
  ['in its own words', ['b.'.repeat(1_000), half]],
])('text that is chosen to be hard to find is looked for as quickly as any other: %s', (_name, pieces) => {
  // A native search would compare 10^10 characters.
  expect(() => joined(`${half}b${half}`, pieces)).not.toThrow();
});
