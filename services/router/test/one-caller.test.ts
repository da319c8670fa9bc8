import type { FaultCode } from '@weir/contracts/faults';
import { expect, test } from 'vitest';
import { toCredential } from '../src/providers/credential.ts';
import { createCompleterOf } from './completer.ts';
import { hostProvider, startHost } from './host.ts';

const json = 'application/json';
const wrongKey = 'Incorrect API key provided: x. You can obtain an API key from https://console.x.ai.';
const noCredit = 'Your credit balance is too low to access the Anthropic API.';
const tooLarge =
  'Request too large for gpt-4o in organization org-x on tokens per min (TPM): Limit 30000, Requested 50000.';

const hi = {
  openai: {
    id: 'x',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
  },
  anthropic: { type: 'message', content: [{ type: 'text', text: 'Hi' }], stop_reason: 'end_turn' },
  ollama: { message: { role: 'assistant', content: 'Hi' }, done: true, done_reason: 'stop' },
};

interface Harm {
  readonly dialect: keyof typeof hi;
  readonly status: number;
  readonly body: object;
  readonly code: FaultCode;
}

const quotedKey: Harm = {
  dialect: 'openai',
  status: 400,
  body: { error: { message: `Invalid value: '${wrongKey}'.`, type: 'invalid_request_error' } },
  code: 'upstream_invalid_request',
};
const quotedCredit: Harm = {
  dialect: 'anthropic',
  status: 400,
  body: { type: 'error', error: { type: 'invalid_request_error', message: `tool_choice: '${noCredit}'` } },
  code: 'upstream_invalid_request',
};
const largeRequest: Harm = {
  dialect: 'openai',
  status: 429,
  body: { error: { message: tooLarge, type: 'tokens', param: null, code: 'rate_limit_exceeded' } },
  code: 'body_too_large',
};
const empty = (dialect: Harm['dialect'], body: object): Harm => ({
  dialect,
  status: 200,
  body,
  code: 'upstream_empty_answer',
});

/** A host that does harm to the first requests and answers the others, and what is behind it. */
async function harmed({ dialect, status, body }: Harm, times: number, config?: unknown) {
  const host = await startHost((_, response) => {
    const isHarmed = host.requests.length <= times;
    response.writeHead(isHarmed ? status : 200, { 'content-type': json });
    response.end(JSON.stringify(isHarmed ? body : hi[dialect]));
  });
  const credentials = ['sk-1', 'sk-2', 'sk-3'].map(toCredential);
  const models = [{ id: 'm' }];
  const other = await startHost((_, response) => {
    response.writeHead(200, { 'content-type': json }).end(JSON.stringify(hi.openai));
  });
  const completer = createCompleterOf(
    [
      hostProvider(host.url, { name: 'host', dialect, credentials, models }),
      hostProvider(other.url, { name: 'other', models }),
    ],
    { random: () => 0, ...(config !== undefined && { config }) },
  );
  return { host, other, completer };
}

test.each([
  ['that writes what a refused key would say', quotedKey],
  ['that writes what an account without credit would say', quotedCredit],
  ['that is too large for the account', largeRequest],
])('a request %s uses no other credential and takes the target from nobody', async (_, harm) => {
  const { host, completer } = await harmed(harm, 1);
  expect(await completer.ask({ model: 'host/m' }).done).toMatchObject({ code: harm.code });
  expect(host.requests).toHaveLength(1);
  for (let asked = 0; asked < 3; asked++) {
    expect(await completer.ask({ model: 'host/m' }).done).toBeUndefined();
  }
  const keys = host.requests.map(({ headers }) => headers.authorization ?? headers['x-api-key']);
  expect(new Set(keys).size).toBe(3);
});

test.each([
  empty('openai', { ...hi.openai, choices: [] }),
  empty('anthropic', { ...hi.anthropic, content: [] }),
  empty('ollama', { ...hi.ollama, message: { role: 'assistant', content: '' } }),
])('prompts that leave a model of $dialect with nothing to say open no circuit', async (harm) => {
  const cb_config = { failure_threshold: 3, failure_status_codes: [502] };
  const config = { strategy: { mode: 'fallback', cb_config }, targets: [{ provider: 'host' }] };
  const { completer } = await harmed(harm, 10, config);
  for (let asked = 0; asked < 10; asked++) {
    const fault = await completer.ask({ model: 'm' }).done;
    // One that ended by itself is an answer.
    expect([undefined, 'upstream_empty_answer']).toContain(fault?.code);
  }
  const { reply, done } = completer.ask({ model: 'm' });
  expect(await done).toBeUndefined();
  expect(reply.body).toContain('Hi');
});

test('a request that is too large for one account is not sent to it again, but to another', async () => {
  const config = {
    strategy: { mode: 'fallback' },
    targets: [{ provider: 'host', retry: { attempts: 3 } }, { provider: 'other' }],
  };
  const { host, other, completer } = await harmed(largeRequest, 10, config);
  expect(await completer.ask({ model: 'm' }).done).toBeUndefined();
  expect([host.requests.length, other.requests.length]).toEqual([1, 1]);
});
