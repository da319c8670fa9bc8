import type { Reply } from './reply.ts';

/** Puts a text into every message of an error, as providers quote the request and its credential in theirs. */
export function withQuote(reply: Reply, text: string | undefined): Reply {
  if (text === undefined) return reply;
  switch (reply.kind) {
    case 'json':
      return { ...reply, body: quoteIn(reply.body, text) };
    case 'text':
      return { ...reply, text: `${reply.text} ${text}` };
    case 'stream': {
      const error: unknown = JSON.parse(reply.errorRecord.data);
      return { ...reply, errorRecord: { ...reply.errorRecord, data: JSON.stringify(quoteIn(error, text)) } };
    }
  }
}

/** OpenAI and Anthropic have an error's words in `message`, Ollama in `error` itself. */
function quoteIn<Body>(body: Body, text: string): Body {
  const quoting = (key: string, value: unknown) =>
    (key === 'message' || key === 'error') && typeof value === 'string' ? `${value} ${text}` : value;
  return JSON.parse(JSON.stringify(body, quoting)) as Body;
}
