import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkPortkeyHeaders } from './portkey-headers.ts';

test.each([
  ...['config', 'provider', 'virtual-key', 'custom-host', 'metadata', 'trace-id', 'request-timeout'],
  ...['cache-force-refresh', 'cache-namespace', 'package-version', 'runtime', 'debug'],
])('x-portkey-%s is understood, and nothing is said of it', (name) => {
  expect(checkPortkeyHeaders({ [`x-portkey-${name}`]: 'x', authorization: 'Bearer x' })).toEqual([]);
});

test.each([
  ['api-key', ": this gateway's own key is sent as Authorization: Bearer"],
  ['cache', ': send x-weir-cache, or a config with "cache"'],
  ['retry-count', ': send a config with "retry"'],
  ['forward-headers', ''],
  ['strict-open-ai-compliance', ''],
  ['span-id', ''],
  ['openai-beta', ''],
  ['anthropic-version', ''],
  ['constructor', ''],
  ['of-the-future', ''],
])('x-portkey-%s has no effect, and a warning says so', (name, hint) => {
  expect(checkPortkeyHeaders({ [`x-portkey-${name}`]: 'sk-x' })).toEqual([
    `x-portkey-${name} has no effect${hint}`,
  ]);
});

test.each([
  ...['azure-resource-name', 'azure-deployment-id', 'aws-access-key-id', 'amzn-sagemaker-target-model'],
  ...['vertex-project-id', 'workers-ai-account-id', 'openai-organization', 'openai-project', 'mode'],
  ...['huggingface-base-url', 'fireworks-account-id', 'snowflake-account', 'oracle-private-key'],
  ...['provider-model', 'default-input-guardrails', 'default-output-guardrails'],
])('x-portkey-%s, without which the request would be another one, is refused by its name alone', (name) => {
  const header = `x-portkey-${name}`;
  const fault: unknown = expect.objectContaining({ code: 'invalid_header', details: { param: header } });
  expect(() => checkPortkeyHeaders({ [header]: 'sk-x' })).toThrow(fault);
  expect(() => checkPortkeyHeaders({ [header]: 'sk-x' })).not.toThrow(/sk-x/);
});

test('however many and long the headers are, the warnings are short', () => {
  const name = fc.stringMatching(/^z[a-z-]{0,300}$/);
  fc.assert(
    fc.property(fc.array(name, { maxLength: 50 }), (names) => {
      const headers = Object.fromEntries(names.map((each) => [`x-portkey-${each}`, 'x']));
      expect(checkPortkeyHeaders(headers).join('; ').length).toBeLessThan(1_000);
    }),
  );
});
