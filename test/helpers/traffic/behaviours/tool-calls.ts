import type { Behaviour } from './behaviour.ts';
import { callsAreTheReason, usableCalls } from './differences.ts';
import { says } from './says.ts';

const call = (id: string, args: unknown, name = 'weather') => ({
  id,
  type: 'function',
  function: { name, arguments: args },
});

const tools = [
  { type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: {} } } },
];

export const toolCalls: readonly Behaviour[] = [
  says(
    'a tool call',
    { tool_calls: [call('c1', '{"city":"Oslo"}')] },
    { finish_reason: 'tool_calls', request: { tools } },
  ),
  says(
    'two tool calls',
    { tool_calls: [call('c1', '{"city":"Oslo"}'), call('c2', '{"city":"Huế"}')] },
    { finish_reason: 'tool_calls', request: { tools } },
  ),
  says(
    'a text and a tool call',
    { content: 'Wait.', tool_calls: [call('c1', '{}')] },
    { finish_reason: 'tool_calls', request: { tools } },
  ),
  says(
    'arguments in pieces',
    { tool_calls: [call('c1', '{"city":"Oslo"}')] },
    {
      finish_reason: 'tool_calls',
      request: { tools },
      deltas: [
        { tool_calls: [{ index: 0, ...call('c1', '') }] },
        { tool_calls: [{ index: 0, function: { arguments: '{"city":' } }] },
        { tool_calls: [{ index: 0, function: { arguments: '"Oslo"}' } }] },
      ],
    },
  ),
  says(
    'integers beyond 2^53 in arguments',
    { tool_calls: [call('c1', '{"id":9007199254740993}')] },
    { finish_reason: 'tool_calls', request: { tools } },
  ),
  says(
    'a forced call that ends with stop',
    { tool_calls: [call('c1', '{}')] },
    { request: { tools, tool_choice: { type: 'function', function: { name: 'weather' } } } },
  ),
  says(
    'a call of a custom tool',
    { tool_calls: [{ id: 'c1', type: 'custom', custom: { name: 'grep', input: 'x' } }] },
    { finish_reason: 'tool_calls' },
  ),
  says(
    'a call in the older form',
    { function_call: { name: 'weather', arguments: '{}' } },
    { finish_reason: 'function_call' },
  ),
  says(
    'a call that ends with stop',
    { tool_calls: [call('c1', '{}')] },
    { request: { tools }, difference: callsAreTheReason },
  ),
  says(
    'a call without arguments',
    { tool_calls: [call('c1', '')] },
    { finish_reason: 'tool_calls', request: { tools }, difference: usableCalls },
  ),
  says(
    'a call with an object as its arguments',
    { tool_calls: [call('c1', { city: 'Oslo' })] },
    { finish_reason: 'tool_calls', request: { tools }, difference: usableCalls },
  ),
  says(
    'two calls at one index',
    { tool_calls: [call('c1', '{}'), call('c2', '{}')] },
    {
      finish_reason: 'tool_calls',
      request: { tools },
      deltas: [
        { tool_calls: [{ index: 0, ...call('c1', '{}') }] },
        { tool_calls: [{ index: 0, ...call('c2', '{}') }] },
      ],
      streamedDifference: usableCalls,
    },
  ),
];
