import type { ChatRequest } from '@weir/contracts/chat/request';
import { expect, test } from 'vitest';
import { mapParameters, toList, translatedApart } from './parameter-map.ts';

const map = {
  model: translatedApart,
  messages: translatedApart,
  temperature: 'temperature',
  stop: { to: 'stop_sequences', map: toList },
} as const;

const apply = (parameters: Partial<ChatRequest>, unsupported?: string[]) =>
  mapParameters({ model: 'm', messages: [{ role: 'user', content: 'Hi' }], ...parameters }, map, unsupported);

test('parameters are renamed and put into form', () => {
  expect(apply({ temperature: 0, stop: 'END' })).toEqual({
    mapped: { temperature: 0, stop_sequences: ['END'] },
    warnings: [],
  });
});

test('what is not known, or rejected by the host, is left out with a warning', () => {
  expect(apply({ temperature: 1, seed: 7, novelty: true }, ['temperature'])).toEqual({
    mapped: {},
    warnings: ['temperature is not supported', 'seed is not supported', 'novelty is not supported'],
  });
});

test('what asks for nothing is left out in silence', () => {
  expect(apply({ seed: null, n: 1, logprobs: false, presence_penalty: 0 }).warnings).toEqual([]);
  expect(apply({ n: 2 }).warnings).toEqual(['n is not supported']);
});

test('warnings are few and safe, since they travel in a header', () => {
  const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`field_${index}`, 1]));
  const { warnings } = apply({ ...many, 'bad\r\nname': 1 });
  expect(warnings).toHaveLength(17);
  expect(warnings.at(-1)).toBe('985 more parameters are not supported');
  expect(warnings.join('')).not.toMatch(/[\r\n]/);
});
