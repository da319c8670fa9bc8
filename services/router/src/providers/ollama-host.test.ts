import { expect, test } from 'vitest';
import { ollamaBaseUrl } from './ollama-host.ts';

test.each([
  ['gpu-box', 'http://gpu-box:11434'],
  ['127.0.0.1:8000', 'http://127.0.0.1:8000'],
  [':8000', 'http://127.0.0.1:8000'],
  ['0.0.0.0', 'http://127.0.0.1:11434'],
  ['[::1]:8000', 'http://[::1]:8000'],
  ['http://gpu-box:11434/', 'http://gpu-box:11434'],
  ['https://ollama.example.com', 'https://ollama.example.com'],
  ['https://example.com/ollama/', 'https://example.com/ollama'],
])('%s is %s', (host, url) => {
  expect(ollamaBaseUrl(host)).toBe(url);
});
