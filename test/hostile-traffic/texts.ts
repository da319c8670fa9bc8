/** N brackets that open and as many that close, again and again: many values, and few commas. */
export const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

/** `count` times what `piece` gives, separated by commas. */
export const list = (count: number, piece: string | ((index: number) => string)) =>
  Array.from({ length: count }, (_, index) => (typeof piece === 'string' ? piece : piece(index))).join(',');

/** A chat request with this in the place of its messages, and other fields. */
export const chatText = (fields: string, messages = '[{"role":"user","content":"Hello"}]') =>
  `{"model":"m","messages":${messages}${fields === '' ? '' : `,${fields}`}}`;

/** A request in which a call of the assistant had these arguments. */
export const withArguments = (calls: string) =>
  chatText(
    '',
    `[{"role":"user","content":"Go"},{"role":"assistant","content":null,"tool_calls":[${calls}]},{"role":"user","content":"On"}]`,
  );

export const call = (text: string, index = 0) =>
  `{"id":"call_${index}","type":"function","function":{"name":"f","arguments":${JSON.stringify(text)}}}`;

/** An answer in OpenAI's form with these choices. */
export const completionText = (choices: string, fields = '') =>
  `{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[${choices}]${fields}}`;

export const choice = (message = '"content":"Hello"', fields = '') =>
  `{"index":0,"message":{"role":"assistant",${message}},"finish_reason":"stop"${fields}}`;

export const chunkText = (delta: string, fields = '') =>
  `{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":${delta},"finish_reason":null}]${fields}}`;

export const event = (data: string) => `data: ${data}\n\n`;

/** The same piece again and again, in writes of some 64 KiB, up to so many bytes. */
export function* repeated(piece: string, bytes: number): Generator<string> {
  const count = Math.max(1, Math.floor(65_536 / piece.length));
  const write = piece.repeat(count);
  for (let sent = 0; sent < bytes; sent += write.length) yield write;
}
