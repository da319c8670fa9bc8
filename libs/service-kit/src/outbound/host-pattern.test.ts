import { expect, test } from 'vitest';
import { matchesHost, parseHostPattern } from './host-pattern.ts';

function matches(pattern: string, url: string): boolean {
  const parsed = parseHostPattern(pattern);
  if (!parsed) throw new Error(`${pattern} is no pattern`);
  return matchesHost(parsed, new URL(url));
}

test.each([
  ['localhost:11434', 'http://localhost:11434/api'],
  ['localhost:11434', 'http://LOCALHOST.:11434'],
  ['gpu-box', 'http://gpu-box/v1'],
  ['gpu-box', 'https://gpu-box/v1'],
  ['gpu-box:443', 'https://gpu-box'],
  ['gpu-box:80', 'http://gpu-box'],
  ['gpu-box:*', 'http://gpu-box:9999'],
  ['GPU-Box.:8000', 'http://gpu-box:8000'],
  ['*.corp.example:443', 'https://llm.corp.example'],
  ['*.corp.example:443', 'https://a.b.corp.example'],
  ['10.1.2.3:8000', 'http://10.1.2.3:8000'],
  ['10.1.2.3:8000', 'http://0xa010203:8000'],
  ['[fd00::1]:*', 'http://[fd00:0:0::1]:8000'],
  ['bücher.example', 'https://xn--bcher-kva.example'],
])('%s stands for %s', (pattern, url) => {
  expect(matches(pattern, url)).toBe(true);
});

test.each([
  ['localhost:11434', 'http://localhost:11435'],
  ['gpu-box', 'http://gpu-box:8000'],
  ['gpu-box:443', 'http://gpu-box'],
  ['*.corp.example:443', 'https://corp.example'],
  ['*.corp.example:443', 'https://evilcorp.example'],
  ['*.corp.example:443', 'https://llm.corp.example.evil.example'],
  ['*.corp.example:443', 'https://llm.corp.example:8443'],
  ['10.1.2.3:8000', 'http://10.1.2.4:8000'],
  ['[fd00::1]:*', 'http://[fd00::2]:8000'],
])('%s does not stand for %s', (pattern, url) => {
  expect(matches(pattern, url)).toBe(false);
});

test.each([
  '',
  '*',
  '*:443',
  '*.:443',
  'a.*.example',
  '**.example',
  'http://gpu-box:8000',
  'gpu-box:8000/v1',
  'gpu-box:0',
  'gpu-box:65536',
  'gpu-box:http',
  'gpu-box:',
  'user@gpu-box',
  'gpu box',
  'fd00::1',
  '[fd00::1',
  '[fd00::zz]',
  '10.0.0.0/8',
  '*.1.2.3',
  '999.1.1.1',
])('%s is no pattern', (text) => {
  expect(parseHostPattern(text)).toBeUndefined();
});
