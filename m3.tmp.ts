import { JsonMeter, parseBoundedJson } from './libs/service-kit/src/bounded-json.ts';
import { parseExactJson } from './libs/service-kit/src/exact-json.ts';
import { requestJsonLimits, messageJsonLimits } from './libs/contracts/src/limits.ts';
import { measureJson } from './services/ingress/src/domain/json-measure.ts';
const chunk = '{"id":"chatcmpl-abc123","object":"chat.completion.chunk","created":1764300000,"model":"gpt-5-mini","choices":[{"index":0,"delta":{"content":" Hello"},"finish_reason":null}],"usage":null}';
const small = '{"model":"gpt-5-mini","messages":[{"role":"user","content":"Hello"}]}';
const chat = (n: number, len: number) => JSON.stringify({ model: 'gpt-5-mini', stream: true, messages: Array.from({ length: n }, (_, i) => ({ role: i % 2 ? 'user' : 'assistant', content: 'Some text with "quotes" and\nlines, as people write it. '.repeat(len) })), tools: Array.from({ length: n }, (_, i) => ({ type: 'function', function: { name: `tool_${i}`, description: 'Does what it does.', parameters: { type: 'object', properties: { a: { type: 'string', description: 'x' }, b: { type: 'number' } }, required: ['a'] } } })) }, undefined, 0);
const pretty = JSON.stringify(JSON.parse(chat(20, 1)), undefined, 2);
const img = JSON.stringify({ messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,' + Buffer.alloc(300_000, 'xy3kD9 1').toString('base64') } }] }] });
for (const [name, text] of Object.entries({ chunk, small, chat8k: chat(10, 10), chat64k: chat(40, 20), pretty, img })) {
  const time = (f: () => unknown) => { const n = Math.ceil(2e7 / (text.length + 200)); for (let i = 0; i < n / 4; i++) f(); let best = Infinity; for (let r = 0; r < 3; r++) { const a = process.cpuUsage(); for (let i = 0; i < n; i++) f(); best = Math.min(best, process.cpuUsage(a).user / n); } return best.toFixed(2); };
  console.log(name, text.length, 'old', (() => { const b = Buffer.from(text); return time(() => measureJson(b)); })(), 'meter', time(() => { new JsonMeter(requestJsonLimits).measure(text); }), 'parse', time(() => JSON.parse(text)), 'exact', time(() => parseExactJson(text)), 'bounded', time(() => parseBoundedJson(text, requestJsonLimits)));
}
