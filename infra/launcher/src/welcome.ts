import type { KeptSecret } from './secrets.ts';

export interface WelcomeOptions {
  readonly url: string;
  readonly startMs: number;
  readonly model: string;
  /** Those that are switched on; none where the demo provider answers. */
  readonly realProviders: readonly string[];
  /** Absent where the operator has set one. */
  readonly adminKey: KeptSecret | undefined;
  /** Absent where the operator has set one. */
  readonly firstKey: KeptSecret | undefined;
}

/** What is printed once Weir serves. Its first line begins with `Weir is ready`, which scripts wait for. */
export function welcome(options: WelcomeOptions): string {
  const { url, startMs, model, realProviders, adminKey, firstKey } = options;
  return `
Weir is ready after ${(startMs / 1000).toFixed(1)} s: ${url}/v1

${introduction('first virtual key', firstKey, 'WEIR_FIRST_KEY')} It may do everything.
Ask a model something with it:

  curl -i ${url}/v1/chat/completions \\
    -H ${bearer(firstKey, 'WEIR_FIRST_KEY')} -H 'Content-Type: application/json' \\
    -d '{"model": "${model}", "messages": [{"role": "user", "content": "Hello"}]}'

Its header x-weir-cost-usd says what that has cost, and this what everything has:

  npx weir reports cost --group-by model

Or stream with the OpenAI SDK, which needs another base URL and this key:

  import OpenAI from 'openai';
  const openai = new OpenAI({ baseURL: '${url}/v1', apiKey: ${inJavaScript(firstKey)} });
  const stream = await openai.chat.completions.create({
    model: '${model}', messages: [{ role: 'user', content: 'Hello' }], stream: true,
  });
  for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta?.content ?? '');

Give each application a key of its own, which may do less: npx weir keys create --help

${introduction('admin key', adminKey, 'WEIR_ADMIN_KEY')} List the virtual keys with it:

  curl ${url}/admin/v1/keys -H ${bearer(adminKey, 'WEIR_ADMIN_KEY')}

${providerLines(realProviders)}
Ctrl-C stops everything.
`;
}

/** A key is shown once, when it is made: what is on a screen at every start is read by too many. */
function introduction(name: string, key: KeptSecret | undefined, variable: string): string {
  if (!key) return `The ${name} is the one that ${variable} has.`;
  if (!key.isNew) return `The ${name} is kept in ${key.file}.`;
  return `Below is the ${name}. It is not shown again, and is kept in ${key.file}.`;
}

/** The header that sends it, for a shell. */
function bearer(key: KeptSecret | undefined, variable: string): string {
  if (key?.isNew) return `'Authorization: Bearer ${key.text.trim()}'`;
  return `"Authorization: Bearer ${key ? `$(cat '${key.file}')` : `$${variable}`}"`;
}

function inJavaScript(firstKey: KeptSecret | undefined): string {
  if (!firstKey) return 'process.env.WEIR_FIRST_KEY';
  if (firstKey.isNew) return `'${firstKey.text.trim()}'`;
  return `process.getBuiltinModule('fs').readFileSync('${firstKey.file}', 'utf8').trim()`;
}

function providerLines(realProviders: readonly string[]): string {
  if (realProviders.length > 0) return `These providers answer: ${realProviders.join(', ')}.`;
  return `The demo provider answers, which is no model. To switch real ones on, set OPENAI_API_KEY, ANTHROPIC_API_KEY,
OLLAMA_HOST or another provider's variable in the environment or in weir.env: see weir.env.example.`;
}
