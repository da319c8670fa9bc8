import { readFile } from 'node:fs/promises';
import { updateOrganisation } from '@weir/contracts/admin/organisations';
import { eventually } from '@weir/testkit/eventually';
import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { adminOf } from './helpers/admin.ts';
import { models } from './helpers/gateway-fixture.ts';
import { startScreenedGateway, type ScreenedGateway } from './helpers/screened-gateway.ts';

const email = 'an.nguyen@example.vn';
const phone = '0912 873 645';
const personal = `Viết cho ${email} hoặc gọi ${phone} giúp tôi`;

let screened: ScreenedGateway;
beforeAll(async () => {
  screened = await startScreenedGateway();
});
beforeEach(() => {
  screened.provider.reset();
});
afterAll(() => screened.close());

const asking = (content: string, more: Partial<OpenAI.ChatCompletionCreateParamsNonStreaming> = {}) => ({
  model: models.openai,
  messages: [{ role: 'user' as const, content }],
  ...more,
});

/** Every chunk of a stream. */
async function streamed(openai: OpenAI, ...question: Parameters<typeof asking>) {
  const stream = await openai.chat.completions.create({
    ...asking(...question),
    stream: true,
    stream_options: { include_usage: true },
  });
  const chunks: OpenAI.ChatCompletionChunk[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

const saidIn = (chunks: readonly OpenAI.ChatCompletionChunk[]) =>
  chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('');

/** What the provider was sent, as text. */
const sent = () => screened.provider.requests.map(({ body }) => JSON.stringify(body));

describe('balanced', () => {
  test('takes personal data out of what is asked, and the answer is one for the SDK, whole and streamed', async () => {
    const openai = await screened.openaiBoundTo('balanced');
    const redacted = 'You said: Viết cho [EMAIL] hoặc gọi [PHONE] giúp tôi';
    const { data, response } = await openai.chat.completions.create(asking(personal)).withResponse();
    expect(data.choices[0]?.message.content).toBe(redacted);
    const found = 'input pii redact email=1 phone=1';
    expect(response.headers.get('x-weir-guardrails')).toBe(found);

    const chunks = await streamed(openai, personal);
    expect(saidIn(chunks)).toBe(redacted);
    expect(chunks.at(-1)).toMatchObject({ usage: { prompt_tokens: 8 }, weir: { guardrails: found } });
    expect(sent()).toHaveLength(2);
    for (const request of sent()) expect(request).not.toMatch(/an\.nguyen|0912|873/);
  });

  test('takes personal data out of a streamed answer, into however many chunks its provider cut it', async () => {
    const openai = await screened.openaiBoundTo('balanced');
    for (const chunks of [1, 2, 7, 30, 200]) {
      screened.provider.script({ answer: `Hãy viết cho ${email}, số của chị là ${phone}, hôm nay.`, chunks });
      const answer = await streamed(openai, 'Hỏi ai?');
      expect(saidIn(answer)).toBe('Hãy viết cho [EMAIL], số của chị là [PHONE], hôm nay.');
      expect(answer.filter(({ choices }) => choices[0]?.finish_reason === 'stop')).toHaveLength(1);
    }
  });

  test('holds where a routing config asks for it, whoever sends it', async () => {
    const config = JSON.stringify({ provider: 'openai', input_guardrails: ['balanced'] });
    const openai = await screened.openaiBoundTo('off', { 'x-weir-config': config });
    for (let round = 0; round < 2; round++) await openai.chat.completions.create(asking(personal));
    expect(sent()).toHaveLength(2);
    for (const request of sent()) expect(request).toContain('[EMAIL] hoặc gọi [PHONE]');
  });
});

test('what README shows of balanced is what comes back', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const [, question = ''] = /x-weir-guardrails: balanced'[^]*?-d '(.*)'\n/.exec(readme) ?? [];
  const [, header] = /^x-weir-guardrails: (.*)$/m.exec(readme) ?? [];
  const [, content] = /^\{… "content":"(.*)" …\}$/m.exec(readme) ?? [];
  const openai = await screened.openaiBoundTo(null, { 'x-weir-guardrails': 'balanced' });
  const { data, response } = await openai.chat.completions
    .create(JSON.parse(question) as OpenAI.ChatCompletionCreateParamsNonStreaming)
    .withResponse();
  expect(header).toBe(response.headers.get('x-weir-guardrails'));
  expect(content).toBe(`This is Weir's demo provider, and no model. ${data.choices[0]?.message.content}`);
});

describe('masking', () => {
  test('shows the provider placeholders, and the client its own values in whole and streamed answers', async () => {
    const openai = await screened.openaiBoundTo('masking');
    const whole = await openai.chat.completions.create(asking(personal));
    expect(whole.choices[0]?.message.content).toBe(`You said: ${personal}`);
    expect(saidIn(await streamed(openai, personal))).toBe(`You said: ${personal}`);
    expect(sent()).toHaveLength(2);
    for (const request of sent()) {
      expect(request).toContain('Viết cho [EMAIL_1] hoặc gọi [PHONE_1] giúp tôi');
      expect(request).not.toMatch(/an\.nguyen|0912|873/);
    }
  });

  test('puts the values back into the arguments of tool calls, whole and streamed', async () => {
    const openai = await screened.openaiBoundTo('masking');
    const parameters = { type: 'object', properties: { to: { const: email } }, required: ['to'] };
    const tools = [{ type: 'function' as const, function: { name: 'send_mail', parameters } }];
    const whole = await openai.chat.completions.create(asking('call the tool', { tools }));
    const [call] = whole.choices[0]?.message.tool_calls ?? [];
    expect(call).toMatchObject({ function: { arguments: JSON.stringify({ to: email }) } });

    const chunks = await streamed(openai, 'call the tool', { tools });
    const fragments = chunks.map(
      ({ choices }) => choices[0]?.delta.tool_calls?.[0]?.function?.arguments ?? '',
    );
    expect(JSON.parse(fragments.join(''))).toEqual({ to: email });
    for (const request of sent()) expect(request).not.toContain(email);
  });
});

describe('a denial', () => {
  test('of a request is a 400 that names where and why, and not what; 446 for clients of Portkey', async () => {
    const openai = await screened.openaiBoundTo('refusing');
    const denied = await openai.chat.completions.create(asking(personal)).catch((error: unknown) => error);
    expect(denied).toBeInstanceOf(OpenAI.BadRequestError);
    expect(denied).toMatchObject({ code: 'content_policy_violation', param: 'messages[0].content' });
    expect(String(denied)).toContain('refusing');
    expect(String(denied)).not.toMatch(/an\.nguyen|0912/);

    const portkeys = await screened.openaiBoundTo('refusing', {
      'x-portkey-config': JSON.stringify({ provider: 'openai' }),
    });
    const refused = await streamed(portkeys, personal).catch((error: unknown) => error);
    expect(refused).toMatchObject({ status: 446, code: 'guardrail_denied' });
    expect(sent()).toEqual([]);
  });

  test('of a whole answer is an error, and of a streamed one that has begun its end, with all that a stream ends with', async () => {
    const openai = await screened.openaiBoundTo('refusing');
    screened.provider.script({
      answer: `${'Một câu vô hại. '.repeat(40)}Viết cho ${email}.${' Và nữa.'.repeat(200)}`,
    });
    await expect(openai.chat.completions.create(asking('Hỏi ai?'))).rejects.toMatchObject({
      status: 400,
      code: 'content_policy_violation',
    });
    screened.provider.reset();
    screened.provider.script({
      answer: `${'Một câu vô hại. '.repeat(40)}Viết cho ${email}.${' Và nữa.'.repeat(2_000)}`,
      tokensPerSecond: 2_000,
    });
    const chunks = await streamed(openai, 'Hỏi ai?');
    expect(saidIn(chunks)).toMatch(/^(Một câu vô hại\. )+/);
    expect(saidIn(chunks)).not.toMatch(/an\.nguyen|example|Và nữa/);
    expect(chunks.flatMap(({ choices }) => choices[0]?.finish_reason ?? [])).toEqual(['content_filter']);
    expect(chunks.at(-1)?.usage).toBeTruthy();
    await eventually(() => {
      expect(screened.provider.requests.at(-1)?.abortedAt).toBeDefined();
    });
  });
});

test('an organisation that nobody has bound sees what would be found, and nothing is changed', async () => {
  const openai = await screened.openaiBoundTo(null);
  const { data, response } = await openai.chat.completions.create(asking(personal)).withResponse();
  const found = 'input pii report email=1 phone=1; output pii report email=1 phone=1';
  expect(data.choices[0]?.message.content).toBe(`You said: ${personal}`);
  expect(response.headers.get('x-weir-guardrails')).toBe(found);
  const chunks = await streamed(openai, personal);
  expect(saidIn(chunks)).toBe(`You said: ${personal}`);
  expect(chunks.at(-1)).toMatchObject({ weir: { guardrails: found } });
  expect(sent()).toHaveLength(2);
  for (const request of sent()) expect(request).toContain(personal);
});

test('where guardrails are killed, no request passes a policy that protects, and one that reports is passed and said so', async () => {
  const { gateway, openaiBoundTo } = screened;
  const [free, bound, asks, viaConfig] = await Promise.all([
    openaiBoundTo(null),
    openaiBoundTo('balanced'),
    openaiBoundTo(null, { 'x-weir-guardrails': 'strict' }),
    openaiBoundTo(null, { 'x-weir-config': JSON.stringify({ output_guardrails: ['masking'] }) }),
  ]);
  const slow = { answer: 'Một câu vô hại. '.repeat(2_000), tokensPerSecond: 1_000 };
  screened.provider.script({ ...slow, times: 1 });
  const broken = streamed(bound, 'Hỏi ai?').catch((error: unknown) => error);
  await screened.provider.waitFor(({ finished }) => !finished);
  await gateway.guardrails?.kill();
  expect(await broken).toMatchObject({ code: 'service_lost' });

  screened.provider.reset();
  for (const openai of [bound, asks, viaConfig]) {
    const refused = { status: 503, code: 'guardrails_unavailable' };
    await expect(openai.chat.completions.create(asking(personal))).rejects.toMatchObject(refused);
    await expect(streamed(openai, personal)).rejects.toMatchObject(refused);
  }
  expect(sent()).toEqual([]);

  const { data, response } = await free.chat.completions.create(asking(personal)).withResponse();
  expect(data.choices[0]?.message.content).toBe(`You said: ${personal}`);
  expect(response.headers.get('x-weir-guardrails')).toBe('bypassed');
  expect(saidIn(await streamed(free, personal))).toBe(`You said: ${personal}`);

  await adminOf(gateway.url).call(updateOrganisation, { id: 'default', guardrail_policy: 'balanced' });
  await eventually(async () => {
    const refused = free.chat.completions.create(asking(personal));
    await expect(refused).rejects.toMatchObject({ status: 503, code: 'guardrails_unavailable' });
  });
}, 30_000);
