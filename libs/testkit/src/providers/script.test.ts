import { expect, test } from 'vitest';
import type { RecordedRequest } from './request-log.ts';
import { Playbook } from './script.ts';

const request: RecordedRequest = {
  protocol: 'openai',
  method: 'POST',
  path: '/v1/chat/completions',
  headers: {},
  body: {},
  startedAt: 0,
  finished: false,
};

test('counted scripts are used up in their order, then the newest lasting one holds', () => {
  const playbook = new Playbook();
  playbook.add({ answer: 'old' });
  playbook.add({ answer: 'lasting' });
  playbook.add({ answer: 'first', times: 1 });
  playbook.add({ answer: 'second', times: 2 });
  const answers = Array.from({ length: 5 }, () => playbook.take(request)?.answer);
  expect(answers).toEqual(['first', 'second', 'second', 'lasting', 'lasting']);
});

test('a script is spent only on the requests it matches', () => {
  const playbook = new Playbook();
  playbook.add({ answer: 'for ollama', times: 1, matches: ({ protocol }) => protocol === 'ollama' });
  expect(playbook.take(request)).toBeUndefined();
  expect(playbook.take({ ...request, protocol: 'ollama' })?.answer).toBe('for ollama');
});

test('nothing holds once the playbook is cleared', () => {
  const playbook = new Playbook();
  playbook.add({ answer: 'lasting' });
  playbook.add({ answer: 'counted', times: 3 });
  playbook.clear();
  expect(playbook.take(request)).toBeUndefined();
});
