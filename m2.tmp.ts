import { parseExactJson } from './libs/service-kit/src/exact-json.ts';
const t = '["0.' + '1'.repeat(400_000) + '"]';
const a = process.cpuUsage(); parseExactJson(t); const b = process.cpuUsage(a); console.log('400 kB of digits after a point in a string', b.user / 1000, 'ms');
