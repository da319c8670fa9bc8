import { readFileSync } from 'node:fs';
import { blocklistCheckSchema } from '@weir/contracts/guardrails/policy';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunksOf, streamedFindings, wholeFindings } from '../../../test/streamed-findings.ts';
import { InvalidCheck } from '../check-dependencies.ts';
import { createBlocklistCheck } from './blocklist-check.ts';
import { lettersOf } from './letters.ts';

const checkOf = (fields: object) =>
  createBlocklistCheck(blocklistCheckSchema.parse({ type: 'blocklist', ...fields }));
const lists = checkOf({ lists: ['vi', 'en'] });
const wordsIn = (text: string, check = lists) =>
  wholeFindings(check, text).map(({ end, start }) => text.slice(start, end));

describe('a listed word', () => {
  it.each([
    ['in capitals', 'this is BULLSHIT, you know', 'BULLSHIT'],
    ['with digits and signs for letters', 'what the $h1t', '$h1t'],
    ['with one digit for a letter', 'oh sh1t!', 'sh1t'],
    ['spelled with spaces', 'f u c k that', 'f u c k'],
    ['spelled with dots', 'f.u.c.k that', 'f.u.c.k'],
    ['drawn out', 'fuuuuuck', 'fuuuuuck'],
    ['with a double letter drawn out', 'you assssshole', 'assssshole'],
    ['with letters of another script', 'fuсk', 'fuсk'],
    ['in full width', 'ｆｕｃｋ', 'ｆｕｃｋ'],
    ['in mathematical letters', '𝐟𝐮𝐜𝐤', '𝐟𝐮𝐜𝐤'],
    ['with what is invisible in it', 'fu\u200b\u00adck', 'fu\u200b\u00adck'],
    ['with marks that it has not', 'fúck', 'fúck'],
    ['in Vietnamese', 'địt mẹ mày', 'địt mẹ'],
    ['in decomposed Vietnamese', 'địt mẹ'.normalize('NFD'), 'địt mẹ'.normalize('NFD')],
    ['in Vietnamese without marks', 'dit me thang nay', 'dit me'],
    ['in Vietnamese with some of its marks', 'đit mẹ', 'đit mẹ'],
    ['in Vietnamese with its words joined', 'địtmẹ', 'địtmẹ'],
    ['in Vietnamese spelled', 'đ ị t', 'đ ị t'],
    ['in Vietnamese with a long end', 'đmmmm', 'đmmmm'],
  ])('is found %s', (_how, text, found) => {
    expect(wordsIn(text)).toEqual([found]);
  });

  it.each([
    'buổi sáng, lon bia, quả bưởi, con đi học', // What buồi, lồn and con đĩ are without, or with other marks.
    'Ban co the mua cho minh mat lon nuoc va cac loai banh khong?',
    'hạt óc chó, cu li, ngủ, kakao, 5 dm, vl xây dựng',
    'class assessment, Scunthorpe, cocktail, shiitake, Essex',
    "he'll push it; pass it; as save; is hit; bit ch",
    '455 5417 1000000 0x5417',
    'địt',
  ])('is not found in other words: %s', (text) => {
    expect(wordsIn(text)).toEqual(text === 'địt' ? ['địt'] : []);
  });

  it('is found in no safe prompt, nor in an unsafe one that is not abusive', () => {
    const prompts = readFileSync(new URL('../../../test/data/xstest-part.csv', import.meta.url), 'utf8');
    expect(wordsIn(prompts)).toEqual([]);
  });

  it('says by which list it was found, and that of a tenant is its own', () => {
    const check = checkOf({ lists: ['vi', 'en'], words: ['Dự án Sao Mai'] });
    expect(wholeFindings(check, 'fuck dự án sao mai, địt mẹ').map(({ rule }) => rule)).toEqual([
      'en',
      'words',
      'vi',
    ]);
  });
});

describe("a tenant's words", () => {
  it('are found without their marks, but not with others', () => {
    const check = checkOf({ words: ['cần sa'] });
    expect(wordsIn('can sa và cần sa', check)).toEqual(['can sa', 'cần sa']);
    expect(wordsIn('cận sa', check)).toEqual([]);
  });

  it('are only found as they are where evasions do not count', () => {
    const check = checkOf({ words: ['cần sa'], evasions: false });
    expect(wordsIn('CẦN SA', check)).toEqual(['CẦN SA']);
    expect(wordsIn('can sa, c ầ n s a, cầnsa, cần saaaa', check)).toEqual([]);
  });

  it('are not found within what is allowed', () => {
    const check = checkOf({ words: ['cock'], allow: ['cock tail', 'Hancock', 'cock-a-doodle'] });
    expect(wordsIn('cock, cock tail, Hancock, Cock-a-doodle', check)).toEqual(['cock']);
  });

  it('with digits are found as they are', () => {
    expect(wordsIn('code 1488 and i488', checkOf({ words: ['1488'] }))).toEqual(['1488']);
  });

  it('may be so many, and no more', () => {
    expect(() => checkOf({ words: Array(10_000).fill('a'.repeat(100)) })).toThrow(InvalidCheck);
  });
});

describe('in JSON', () => {
  const json = '{"note":"f\\u0075ck\\nshit"}';

  it('escaped characters count as what they are, and spans are those of the JSON', () => {
    const found = wholeFindings(lists, json, 'json').map(({ end, start }) => json.slice(start, end));
    expect(found).toEqual(['f\\u0075ck', 'shit']);
  });

  it('a stream finds the same, wherever it is cut', () => {
    for (let cut = 0; cut <= json.length; cut += 1) {
      const chunks = [json.slice(0, cut), json.slice(cut)];
      expect(streamedFindings(lists, chunks, 'json')).toEqual(wholeFindings(lists, json, 'json'));
    }
    expect(streamedFindings(lists, chunksOf(json, [1]), 'json')).toEqual(wholeFindings(lists, json, 'json'));
  });

  it('a stream finds the same, however many backslashes stand before an escape', () => {
    const pieces = [
      '\\\\',
      '\\\\'.repeat(250),
      '\\u0066',
      '\\u0075',
      'f',
      'u',
      'uck',
      'ck',
      '\\n',
      ' ',
      '"',
      '\\"',
      '\\u200b',
    ];
    const texts = fc.array(fc.constantFrom(...pieces), { maxLength: 20 }).map((parts) => parts.join(''));
    const lengths = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 8 });
    const property = fc.property(texts, lengths, (text, cuts) => {
      expect(streamedFindings(lists, chunksOf(text, cuts), 'json')).toEqual(
        wholeFindings(lists, text, 'json'),
      );
    });
    fc.assert(property, { numRuns: 60 });
  });
});

describe('in a stream', () => {
  const check = checkOf({
    lists: ['vi', 'en'],
    words: ['ass', 'sass hat'],
    allow: ['fuck nothing', 'my ass'],
  });
  const pieces = [
    ...[
      'fuck',
      'fu',
      'ck',
      'ass',
      'hole',
      's',
      'my',
      ' ',
      ' ',
      '.',
      '-',
      ', ',
      'sss',
      'đ',
      'ị',
      't',
      'địt',
      'mẹ',
      'me',
    ],
    ...[
      'e\u0323',
      '\u0301',
      '\u200b',
      '$',
      '1',
      '!',
      '𝐟',
      '𝐮',
      'x',
      'nothing',
      'you',
      'm'.repeat(40),
      '         ',
      'hat',
    ],
  ];
  const texts = fc.array(fc.constantFrom(...pieces), { maxLength: 30 }).map((parts) => parts.join(''));
  const lengths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 });

  it('it finds what it finds in the whole, for every chunking', () => {
    const property = fc.property(texts, lengths, (text, cuts) => {
      expect(streamedFindings(check, chunksOf(text, cuts))).toEqual(wholeFindings(check, text));
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('it finds what it finds in the whole, for each place of one cut', () => {
    const property = fc.property(texts, (text) => {
      const whole = wholeFindings(check, text);
      for (let cut = 0; cut <= text.length; cut += 1) {
        expect(streamedFindings(check, [text.slice(0, cut), text.slice(cut)])).toEqual(whole);
      }
    });
    fc.assert(property, { numRuns: 50 });
  });

  it('holds back no word that begins none of the list', () => {
    const text = 'Xin chào, tôi muốn hỏi về Zalo';
    expect(check.settledLength(text, 'text')).toBe(text.length);
  });
});

describe('letters', () => {
  it('never overlap, and lie in the text, whatever it is', () => {
    const property = fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
      let end = 0;
      for (const letter of lettersOf(text).letters) {
        expect(letter.end).toBeGreaterThan(letter.start);
        expect(letter.end).toBeGreaterThanOrEqual(end);
        end = letter.end;
      }
      expect(end).toBeLessThanOrEqual(text.length);
    });
    fc.assert(property, { numRuns: 300 });
  });
});
