import { chatCompletionSchema } from '@weir/contracts/chat/completion';
import { expect, test } from 'vitest';
import { createCompleterOf } from './completer.ts';
import { hostProvider, startHost } from './host.ts';

const call = { id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } };
const head = { id: 'x', created: 1, model: 'm' };
const whole = {
  ...head,
  object: 'chat.completion',
  choices: [
    { index: 0, message: { role: 'assistant', content: null, tool_calls: [call] }, finish_reason: 'stop' },
  ],
};
const chunk = (delta: object, finishReason: string | null) =>
  JSON.stringify({
    ...head,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, finish_reason: finishReason }],
  });
const chunks = [chunk({ tool_calls: [{ index: 0, ...call }] }, null), chunk({}, 'stop')];
const broken = [chunk({ content: 'One' }, null), '{"id":"x","choices":[', chunk({}, 'stop')];

const fallback = { strategy: { mode: 'fallback' }, targets: [{ provider: 'lab' }] };

async function answer(events: readonly string[], config?: object) {
  const host = await startHost((_, response) => {
    response.setHeader('content-type', 'text/event-stream');
    response.end([...events, '[DONE]'].map((data) => `data: ${data}\n\n`).join(''));
  });
  const provider = hostProvider(host.url, { name: 'lab', models: [{ id: 'm' }] });
  return createCompleterOf([provider], { config: { ...fallback, ...config } });
}

const tools = [{ type: 'function', function: { name: 'f' } }] as const;
const named = { type: 'function', function: { name: 'f' } } as const;

test.each([
  ['where the model chose to call', 'auto', 'tool_calls'],
  ['where the request asked for some call', 'required', 'tool_calls'],
  ['where the request asked for it by name', named, 'stop'],
] as const)('a stream with calls that a host ends by stop, %s', async (_, toolChoice, reason) => {
  const completer = await answer(chunks);
  const ask = { model: 'm', stream: true, tools: [...tools], tool_choice: toolChoice };
  const { reply, done } = completer.ask(ask);
  expect(await done).toBeUndefined();
  expect(reply.chunks.at(-1)).toContain(`"finish_reason":"${reason}"`);
});

test('a chunk that cannot be read breaks a stream that another target would continue, and no other', async () => {
  const passing = (await answer(broken)).ask({ model: 'm', stream: true });
  expect(await passing.done).toBeUndefined();
  const continuing = (await answer(broken, { on_stream_failure: 'continue' })).ask({
    model: 'm',
    stream: true,
  });
  expect(await continuing.done).toMatchObject({ code: 'upstream_invalid_response' });
});

test('a whole answer with calls that a host ends by stop ends by tool_calls', async () => {
  const host = await startHost((_, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(whole));
  });
  const provider = hostProvider(host.url, { name: 'lab', models: [{ id: 'm' }] });
  const { reply, done } = createCompleterOf([provider]).ask({ model: 'm', tools: [...tools] });
  expect(await done).toBeUndefined();
  const { choices } = chatCompletionSchema.parse(JSON.parse(reply.body ?? ''));
  expect(choices[0]?.finish_reason).toBe('tool_calls');
});
