import { parseBoundedJson } from './libs/service-kit/src/bounded-json.ts';
import { requestJsonLimits } from './libs/contracts/src/limits.ts';
const list = (item: (i: number) => string, n: number) => '[' + Array.from({ length: n }, (_, i) => item(i)).join(',') + ']';
for (const n of [1_000, 5_000, 10_000]) for (const [name, t] of Object.entries({ nums: list((i) => i % Math.floor(99_000/n) ? '1' : '1234567890123456789', 99_000), objs: list((i) => `{"k${i}":${i % Math.floor(33_000/n) ? 1 : '1234567890123456789'}}`, 33_000), strs: list((i) => i % Math.floor(99_000/n) ? '"aaaaaaaa"' : '1234567890123456789', 99_000) })) {
  let best = Infinity, bp = Infinity;
  for (let r = 0; r < 6; r++) { let a = process.cpuUsage(); parseBoundedJson(t, { ...requestJsonLimits, maxLongNumbers: 1e6 }); best = Math.min(best, process.cpuUsage(a).user / 1000); a = process.cpuUsage(); JSON.parse(t); bp = Math.min(bp, process.cpuUsage(a).user / 1000); }
  console.log(n, name, best, 'native', bp);
}
