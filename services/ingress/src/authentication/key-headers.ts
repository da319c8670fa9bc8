import type { IncomingHttpHeaders } from 'node:http';

/** The key, by whichever header the client's dialect sends it: OpenAI's, Anthropic's or Azure's. */
export function keyFromHeaders(headers: IncomingHttpHeaders): string | undefined {
  const [, bearer] = /^bearer +(\S+) *$/i.exec(headers.authorization ?? '') ?? [];
  return bearer ?? textOf(headers['x-api-key']) ?? textOf(headers['api-key']);
}

function textOf(header: string | string[] | undefined): string | undefined {
  const text = typeof header === 'string' ? header.trim() : '';
  return text === '' ? undefined : text;
}
