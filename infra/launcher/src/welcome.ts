export interface WelcomeOptions {
  readonly url: string;
  readonly startMs: number;
  readonly model: string;
  /** Those that are switched on; none where the demo provider answers. */
  readonly realProviders: readonly string[];
}

/** What is printed once Weir serves. Its first line begins with `Weir is ready`, which scripts wait for. */
export function welcome({ url, startMs, model, realProviders }: WelcomeOptions): string {
  return `
Weir is ready after ${(startMs / 1000).toFixed(1)} s: ${url}/v1

Ask it something. For now every token is accepted.

  curl ${url}/v1/chat/completions \\
    -H 'Authorization: Bearer any-token' -H 'Content-Type: application/json' \\
    -d '{"model": "${model}", "messages": [{"role": "user", "content": "Hello"}]}'

Or stream with the OpenAI SDK, which needs nothing but another base URL:

  import OpenAI from 'openai';
  const openai = new OpenAI({ baseURL: '${url}/v1', apiKey: 'any-token' });
  const stream = await openai.chat.completions.create({
    model: '${model}', messages: [{ role: 'user', content: 'Hello' }], stream: true,
  });
  for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta?.content ?? '');

${providerLines(realProviders)}
Ctrl-C stops everything.
`;
}

function providerLines(realProviders: readonly string[]): string {
  if (realProviders.length > 0) return `These providers answer: ${realProviders.join(', ')}.`;
  return `The demo provider answers, which is no model. To switch real ones on, set OPENAI_API_KEY, ANTHROPIC_API_KEY,
OLLAMA_HOST or another provider's variable in the environment or in weir.env: see weir.env.example.`;
}
