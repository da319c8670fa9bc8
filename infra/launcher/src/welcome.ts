import type { KeptSecret } from './secrets.ts';

export interface WelcomeOptions {
  readonly url: string;
  readonly startMs: number;
  readonly model: string;
  /** Those that are switched on; none where the demo provider answers. */
  readonly realProviders: readonly string[];
  /** Absent where the operator has set one. */
  readonly adminKey: KeptSecret | undefined;
}

/** What is printed once Weir serves. Its first line begins with `Weir is ready`, which scripts wait for. */
export function welcome({ url, startMs, model, realProviders, adminKey }: WelcomeOptions): string {
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

${adminLines(url, adminKey)}

${providerLines(realProviders)}
Ctrl-C stops everything.
`;
}

/** A key is shown once, when it is made: what is on a screen at every start is read by too many. */
function adminLines(url: string, adminKey: KeptSecret | undefined): string {
  const list = (key: string) => `  curl ${url}/admin/v1/configs -H ${key}`;
  if (!adminKey) {
    return `Admins list the routing configs with the key that WEIR_ADMIN_KEY has:

${list('"Authorization: Bearer $WEIR_ADMIN_KEY"')}`;
  }
  if (!adminKey.isNew) {
    return `The admin key is kept in ${adminKey.file}. List the routing configs with it:

${list(`"Authorization: Bearer $(cat '${adminKey.file}')"`)}`;
  }
  return `This is the admin key. It is not shown again, and is kept in ${adminKey.file}.
List the routing configs with it:

${list(`'Authorization: Bearer ${adminKey.text.trim()}'`)}`;
}

function providerLines(realProviders: readonly string[]): string {
  if (realProviders.length > 0) return `These providers answer: ${realProviders.join(', ')}.`;
  return `The demo provider answers, which is no model. To switch real ones on, set OPENAI_API_KEY, ANTHROPIC_API_KEY,
OLLAMA_HOST or another provider's variable in the environment or in weir.env: see weir.env.example.`;
}
