import { expect, test } from 'vitest';
import { ArgumentsReader } from './tool-arguments.ts';

const mendArguments = (text: string) => new ArgumentsReader().mend(text);

test.each(['', '  ', 'null', '""', '"null"', '"{}"', '[]', 'None'])(
  'arguments that are none are {}: %j',
  (text) => {
    expect(mendArguments(text)).toBe('{}');
  },
);

test('JSON in a JSON text is taken out of it, however often', () => {
  const json = '{"path":"a.txt"}';
  expect(mendArguments(JSON.stringify(json))).toBe(json);
  expect(mendArguments(JSON.stringify(JSON.stringify(json)))).toBe(json);
});

test.each(['{"a":1}', ' {"a":1}', '{"a":', '[1]', 'Oslo', '"Oslo"', '"{hello}"', '42'])(
  'what the model wrote stays: %j',
  (text) => {
    expect(mendArguments(text)).toBe(text);
  },
);
