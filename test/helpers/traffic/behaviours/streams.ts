import { chunk, streamed, type Behaviour } from './behaviour.ts';
import { surplusChoices, usableCalls } from './differences.ts';

const begin = chunk({ role: 'assistant', content: 'Hel' });
const end = chunk({ content: 'lo' }, 'stop');
const usage = { $usage: { prompt_tokens: 12, completion_tokens: 7, total_tokens: 19 } };
const done = '[DONE]';

const twoChoices = [
  begin,
  { id: 'c', choices: [{ index: 1, delta: { content: 'Bye' }, finish_reason: 'stop' }] },
  end,
  done,
];

const raw = (text: string) => ({ $raw: text });

/** Its bytes, for streams that are written in a way of their own. */
const bytes = (content: string, finish_reason: string | null = null) =>
  JSON.stringify({
    id: 'c',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index: 0, delta: { content }, finish_reason }],
  });

const first = bytes('Hel');
const last = bytes('lo', 'stop');

export const streams: readonly Behaviour[] = [
  streamed(['no [DONE]', { sse: [begin, end, usage] }]),
  streamed(['no [DONE] and no usage', { sse: [begin, end] }]),
  streamed(['a last event without its blank line', { sse: [begin, raw(`data: ${last}\n`)] }]),
  streamed(['a last event without the end of its line', { sse: [begin, raw(`data: ${last}`)] }]),
  streamed([
    'usage in the last chunk with a choice',
    {
      sse: [
        begin,
        { id: 'c', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage: usage.$usage },
        done,
      ],
    },
  ]),
  streamed([
    'usage in each chunk',
    {
      sse: [
        {
          id: 'c',
          choices: [{ index: 0, delta: { content: 'hi' }, finish_reason: null }],
          usage: { prompt_tokens: 12, completion_tokens: 1, total_tokens: 13 },
        },
        chunk({}, 'stop'),
        usage,
        done,
      ],
    },
  ]),
  streamed([
    'lines that end with CR LF',
    { sse: [raw(`data: ${first}\r\n\r\ndata: ${last}\r\n\r\ndata: [DONE]\r\n\r\n`)] },
  ]),
  streamed(['lines that end with CR', { sse: [raw(`data: ${first}\r\rdata: ${last}\r\rdata: [DONE]\r\r`)] }]),
  streamed(['no space after the colon', { sse: [raw(`data:${first}\n\ndata:${last}\n\ndata:[DONE]\n\n`)] }]),
  streamed([
    'comments',
    { sse: [raw(': OPENROUTER PROCESSING\n\n'), begin, raw(': still there\n\n'), end, done] },
  ]),
  streamed(['ids and a retry', { sse: [raw(`id: 1\nretry: 3000\ndata: ${first}\n\n`), end, done] }]),
  streamed([
    'named events',
    { sse: [raw(`event: message\ndata: ${first}\n\nevent: message\ndata: ${last}\n\n`), done] },
  ]),
  streamed([
    'data on several lines',
    { sse: [raw(`data: ${first.replace('{', '{\ndata: ')}\n\n`), end, done] },
  ]),
  streamed(['a byte order mark', { sse: [raw(`\ufeffdata: ${first}\n\n`), end, done] }]),
  streamed([
    'a chunk without a choice at the beginning',
    { sse: [{ id: '', choices: [], prompt_filter_results: [{ prompt_index: 0 }] }, begin, end, done] },
  ]),
  streamed([
    'citations in a last chunk without a choice',
    {
      sse: [
        begin,
        end,
        { id: 'c', choices: [], citations: ['https://example.com'], usage: usage.$usage },
        done,
      ],
    },
  ]),
  streamed([
    'a call of empty texts beside the content',
    {
      sse: [
        chunk({ content: 'Hel', tool_calls: [{ index: 0, id: '', function: { name: '', arguments: '' } }] }),
        end,
        done,
      ],
    },
    usableCalls,
  ]),
  streamed([
    'a role in each chunk',
    { sse: [begin, chunk({ role: 'assistant', content: 'lo' }, 'stop'), done] },
  ]),
  {
    name: 'two choices that were asked for',
    request: { n: 2 },
    streamed: { sse: twoChoices },
  },
  streamed(['a choice that nobody asked for', { sse: twoChoices }, surplusChoices]),
  streamed([
    'chunks without an id',
    {
      sse: [
        { choices: [{ index: 0, delta: { content: 'Hel' } }] },
        { choices: [{ index: 0, delta: { content: 'lo' }, finish_reason: 'stop' }] },
        done,
      ],
    },
  ]),
  streamed([
    'citations beside the choices',
    {
      sse: [
        { id: 'c', citations: ['https://example.com'], choices: [{ index: 0, delta: { content: 'See.' } }] },
        chunk({}, 'stop'),
        done,
      ],
    },
  ]),
  streamed([
    'a fingerprint and a tier',
    {
      sse: [
        {
          id: 'c',
          system_fingerprint: 'fp_1',
          service_tier: 'default',
          choices: [{ index: 0, delta: { content: 'hi' } }],
        },
        chunk({}, 'stop'),
        done,
      ],
    },
  ]),
  streamed([
    'logprobs',
    {
      sse: [
        {
          id: 'c',
          choices: [
            {
              index: 0,
              delta: { content: 'hi' },
              logprobs: { content: [{ token: 'hi', logprob: -0.1, bytes: null, top_logprobs: [] }] },
            },
          ],
        },
        chunk({}, 'stop'),
        done,
      ],
    },
  ]),
  streamed([
    'a stream that is called JSON',
    { headers: { 'content-type': 'application/json' }, sse: [begin, end, done] },
  ]),
  streamed([
    'a stream that is called bytes',
    { headers: { 'content-type': 'application/octet-stream' }, sse: [begin, end, done] },
  ]),
  streamed(['a stream that is called nothing', { headers: { 'content-type': '' }, sse: [begin, end, done] }]),
  streamed(['a compressed stream', { coding: 'gzip', sse: [begin, end, usage, done] }]),
  streamed(['a stream compressed with br', { coding: 'br', sse: [begin, end, usage, done] }]),
];
