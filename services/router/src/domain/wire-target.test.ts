import { expect, test } from 'vitest';
import { aProvider } from '../../test/a-provider.ts';
import type { ProviderModel } from './provider.ts';
import { toWireTarget } from './wire-target.ts';

const provider = aProvider({ unsupportedParams: ['seed'] });

test.each<[string, Omit<ProviderModel, 'id'>, number]>([
  ['nothing is known', {}, 4_096],
  ['the model gives less than the setting', { maxOutputTokens: 8_192 }, 8_192],
  ['the model gives more than the setting', { maxOutputTokens: 128_000 }, 16_384],
  ['the window is small', { contextTokens: 8_192, maxOutputTokens: 8_192 }, 4_096],
])('a request that sets no cap gets one: %s', (_, limits, tokens) => {
  expect(toWireTarget({ provider, model: { id: 'm', ...limits } }, 16_384)).toEqual({
    model: 'm',
    output: { defaultTokens: tokens, maxTokens: limits.maxOutputTokens },
    outputCapParam: 'max_tokens',
    unsupportedParams: ['seed'],
  });
});
