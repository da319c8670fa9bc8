import { expect, test } from 'vitest';
import { createCompleterOf } from './completer.ts';
import { hostProvider, startHost } from './host.ts';

const many = (item: string, count: number) => Array<string>(count).fill(item).join(',');
/** As many values as one answer may have, and nothing that is one. */
const hostileAnswer = `{"x":[${many('[]', 120_000)}]}`;

test.each([false, true])(
  'six targets that answer with all that one answer may hold are not all asked: streamed %s',
  async (stream) => {
    let asked = 0;
    const host = await startHost((_, response) => {
      asked++;
      response.setHeader('content-type', 'application/json').end(hostileAnswer);
    });
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const providers = names.map((name) => hostProvider(host.url, { name }));
    const config = { strategy: { mode: 'fallback' }, targets: names.map((provider) => ({ provider })) };
    const completer = createCompleterOf(providers, { config, random: () => 0 });
    const { done } = completer.ask({ model: 'm', stream, messages: [{ role: 'user', content: 'Hi' }] });
    expect(await done).toMatchObject({ code: 'upstream_invalid_response' });
    expect(asked).toBe(3);
    expect(completer.attempts).toHaveLength(3);
  },
);

test('an answer that comes byte by byte is read', async () => {
  const message = { role: 'assistant', content: 'x'.repeat(2_000) };
  const choices = [{ index: 0, message, finish_reason: 'stop' }];
  const answer = JSON.stringify({ id: 'x', object: 'chat.completion', created: 1, model: 'm', choices });
  const host = await startHost((_, response) => {
    response.setHeader('content-type', 'application/json');
    for (const byte of answer) response.write(byte);
    response.end();
  });
  const completer = createCompleterOf([hostProvider(host.url)], {});
  const { reply, done } = completer.ask({ model: 'host/m', messages: [{ role: 'user', content: 'Hi' }] });
  expect(await done).toBeUndefined();
  expect(reply.body).toBe(answer);
});
