import { chunk, streamed, type Behaviour } from './behaviour.ts';
import { brokenBehind, cutIsTold, noAnswer, ownCodes, paidFor, readOn } from './differences.ts';

const begin = chunk({ role: 'assistant', content: 'Hel' });
const end = chunk({ content: 'lo' }, 'stop');
const usage = { $usage: { prompt_tokens: 12, completion_tokens: 7, total_tokens: 19 } };
const done = '[DONE]';

export const brokenStreams: readonly Behaviour[] = [
  streamed([
    'an error event after content',
    { sse: [begin, { error: { message: 'Overloaded', type: 'server_error', code: 'overloaded' } }] },
    ownCodes('code'),
  ]),
  streamed([
    'a reset after content',
    { sse: [begin, { $cut: true }] },
    brokenBehind('code', 'errorClass', 'type'),
  ]),
  streamed(['an end without a finish reason', { sse: [begin] }, cutIsTold]),
  streamed(['an end without an answer', { sse: [] }, noAnswer]),
  streamed(['[DONE] and no answer', { sse: [done] }, noAnswer]),
  streamed([
    'one unreadable event',
    { sse: [begin, '{"id": "c1", "choices": [', end, done] },
    readOn('errorClass', 'finish_reasons', 'messages'),
  ]),
  streamed([
    'a completion where a stream was asked for',
    { completion: { message: { role: 'assistant', content: 'Hello' } } },
    paidFor('finish_reasons', 'messages', 'usage'),
  ]),
  {
    name: 'a stream where none was asked for',
    whole: { sse: [begin, end, usage, done] },
    difference: paidFor('finish_reasons', 'messages', 'usage'),
  },
];
