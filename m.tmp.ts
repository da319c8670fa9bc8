import { JsonMeter } from './libs/service-kit/src/bounded-json.ts';
import { requestJsonLimits, messageJsonLimits } from './libs/contracts/src/limits.ts';
import { parseExactJson } from './libs/service-kit/src/exact-json.ts';
import { isUtf8 } from 'node:buffer';
const cpu = (f: () => unknown) => { let best = Infinity; for (let i = 0; i < 5; i++) { const a = process.cpuUsage(); try { f(); } catch {} const b = process.cpuUsage(a); best = Math.min(best, (b.user + b.system) / 1000);} return best.toFixed(1); };
const N = 8 * 1024 * 1024 - 100;
const fill = (unit: string, open='[', close=']', n = N) => open + unit.repeat(Math.floor(n / unit.length)) + close;
const list = (item: (i: number) => string, n: number) => '[' + Array.from({ length: n }, (_, i) => item(i)).join(',') + ']';
const cases: Record<string, string> = {
  plain: fill('a', '"', '"'), escQuotes: fill('\\"', '"', '"'), backslashes: fill('\\\\', '"', '"'), newlines: fill('\\n', '"','"'), unicodeEsc: fill('\\u1234','"','"'),
  vietnamese: fill('Tiếng Việt ', '"', '"'), emptyStrings: list(() => '""', 99_000), shortStr: list((i) => '"a\\"b"', 99_000),
  longStrsEsc: list(() => '"' + '\\"'.repeat(40) + '"', 99_000),
  distinctStrings: list((i) => '"abcdefgh' + i + '"', 99_000), spaces: '[' + ' '.repeat(N) + ']', spaces100k: list(() => ' '.repeat(40) + '1', 99_000), objs: list((i) => '{"a":1}', 33_000), objs2: list((i) => `{"k${i}":1}`, 33_000), ints: list((i) => `{"${i}":1}`, 33_000),
  nested: list(() => '['.repeat(240) + ']'.repeat(240), 400), digits: list((i) => '1'.repeat(80), 1000), floats: list((i) => '1.' + String(i).padStart(70, '3'), 99_000), keys5000: list((j) => '{' + Array.from({ length: 4_900 }, (_, i) => `"k${i}_${j}":1`).join(',') + '}', 10),
  intkeys: list((j) => '{' + Array.from({ length: 4_900 }, (_, i) => `"${i * 1000 + 7}":1`).join(',') + '}', 10), long1000: list((i) => '1234567890123456789', 999), long1000in100k: list((i) => i % 100 ? '1' : '1234567890123456789', 99_000), longStringDigits: '["' + '1234567890123456 '.repeat(400_000) + '"]',
  manyDigitStrings: list((i) => '"1234567890123456"', 99_000) , manyDigitStringsEsc: list((i) => '"1234567890123456' + '\\'.repeat(40) + '"', 99_000)
};
for (const [name, text] of Object.entries(cases)) {
  const buf = Buffer.from(text);
  let over = ''; try { new JsonMeter(messageJsonLimits).measure(text); } catch (e) { over = (e as Error).message; }
  console.log(name.padEnd(20), (buf.length / 1e6).toFixed(2), 'MB utf8', cpu(() => isUtf8(buf)), 'toString', cpu(() => buf.toString()), 'meter', cpu(() => new JsonMeter(messageJsonLimits).measure(text)), 'parse', cpu(() => JSON.parse(text)), 'exact', cpu(() => parseExactJson(text)), over);
}
