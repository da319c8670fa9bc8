import { Fault } from '@weir/service-kit/fault';
import { expect, test } from 'vitest';
import { maxInlineBytes, readConfigText } from './config-text.ts';

function faultOf(text: string): Fault {
  try {
    readConfigText(text, maxInlineBytes);
  } catch (thrown) {
    return Fault.from(thrown);
  }
  throw new Error('It was taken.');
}

const read = (config: unknown) => readConfigText(JSON.stringify(config), maxInlineBytes);

test('a config in Portkey’s camel case reads as the same in snake case', () => {
  const targets = [{ provider: 'openai' }, { provider: 'anthropic' }];
  const camel = { strategy: { mode: 'fallback', onStatusCodes: [500] }, targets, requestTimeout: 1_000 };
  const snake = { strategy: { mode: 'fallback', on_status_codes: [500] }, targets, request_timeout: 1_000 };
  expect(read(camel)).toEqual(read(snake));
});

test.each([
  [
    { strategy: { mode: 'roulette' }, targets: [{}] },
    'strategy.mode',
    'strategy.mode must be one of "single", ',
  ],
  [
    { strategy: { mode: 'fallback' }, targets: [{}, { wieght: 1 }] },
    'targets[1].wieght',
    'is not a known field',
  ],
  [{ targets: [{}] }, 'strategy', 'strategy is required beside "targets"'],
  [{ retry: { attempts: 9 } }, 'retry.attempts', 'retry.attempts must be at most 5'],
  [{ retry: {} }, 'retry.attempts', 'retry.attempts is required'],
  [{ input_guardrails: ['No Name'] }, 'input_guardrails[0]', 'must be the name of a guardrail policy'],
  [{ inputGuardrails: ['No Name'] }, 'input_guardrails[0]', 'must be the name of a guardrail policy'],
])('what is wrong with %j is said with its path', (config, param, words) => {
  const fault = faultOf(JSON.stringify(config));
  expect(fault).toMatchObject({ code: 'invalid_config', details: { param } });
  expect(fault.message).toContain(words);
});

test.each([
  ['{"api_key": "sk-secret"', 'The routing config is not valid JSON.'],
  ['[]', 'The routing config must be an object.'],
  ['null', 'The routing config must be an object.'],
  [`{"name":"${'é'.repeat(16 * 1024)}"}`, 'The routing config must not be larger than 32 KiB.'],
  [
    `{"override_params":{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}}`,
    'The routing config is too large: it is nested more than 256 levels deep.',
  ],
  [
    `{"override_params":{"a":${'['.repeat(50)}${']'.repeat(50)}}}`,
    'The routing config must not be nested more than 32 levels deep.',
  ],
])('what is no config at all is refused as a whole: %.20s', (text, message) => {
  expect(faultOf(text)).toMatchObject({ code: 'invalid_config', message });
});
