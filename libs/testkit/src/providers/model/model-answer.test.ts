import { describe, expect, test } from 'vitest';
import { composeAnswer } from './model-answer.ts';
import type { ModelRequest } from './model-request.ts';

const request: ModelRequest = {
  model: 'm',
  stream: false,
  promptTokens: 3,
  lastUserText: 'one two three',
  toolResults: [],
  attachments: [],
  tools: [],
  toolChoice: 'auto',
  parallelToolCalls: true,
  announcesToolCalls: false,
  outputFormat: { kind: 'text' },
  reasons: false,
  stopSequences: [],
  maxOutputTokens: undefined,
  choiceCount: 1,
};

const weather = { name: 'get_weather', parameters: { type: 'object', properties: {} } };
const time = { name: 'get_time', parameters: { type: 'object', properties: {} } };

function answer(changes: Partial<ModelRequest>) {
  const { choices, usage } = composeAnswer({ ...request, ...changes }, {});
  const [choice] = choices;
  if (choice === undefined) throw new Error('no choice');
  return { ...choice, usage, calls: choice.toolCalls.map((call) => call.name) };
}

describe('text', () => {
  test('echoes what the user said last', () => {
    expect(answer({})).toMatchObject({ text: 'You said: one two three', finish: 'stop' });
  });

  test('ends before the first stop sequence', () => {
    expect(answer({ stopSequences: ['three', ' two'] })).toMatchObject({
      text: 'You said: one',
      finish: 'stop_sequence',
      stopSequence: ' two',
    });
  });

  test('ends at the output cap', () => {
    expect(answer({ maxOutputTokens: 3 })).toMatchObject({
      text: 'You said: one',
      finish: 'length',
      usage: { inputTokens: 3, outputTokens: 3 },
    });
  });

  test('has only what reasoning leaves of the output cap', () => {
    expect(answer({ reasons: true, maxOutputTokens: 6 })).toMatchObject({
      text: 'You',
      finish: 'length',
      usage: { outputTokens: 6, reasoningTokens: 5 },
    });
  });

  test('says which attachments came', () => {
    const attachments = ['image/png', 'audio/wav', 'image/jpeg'];
    expect(answer({ attachments }).text).toContain('[2 images: image/png, image/jpeg; 1 other: audio/wav]');
  });
});

describe('tool calls', () => {
  const tools = [weather, time];

  test.each<[string, Partial<ModelRequest>, string[]]>([
    ['nobody speaks of a tool', { lastUserText: 'hello' }, []],
    ['the user says so', { lastUserText: 'call the tool' }, ['get_weather']],
    ['the user names one', { lastUserText: 'use get_time' }, ['get_time']],
    ['the user wants both', { lastUserText: 'call both tools' }, ['get_weather', 'get_time']],
    [
      'parallel calls are off',
      { lastUserText: 'call both tools', parallelToolCalls: false },
      ['get_weather'],
    ],
    ['one is forced', { toolChoice: { name: 'get_time' } }, ['get_time']],
    ['any is forced', { toolChoice: 'required' }, ['get_weather']],
    ['tools are forbidden', { lastUserText: 'call the tool', toolChoice: 'none' }, []],
    ['a tool has answered', { lastUserText: 'call the tool', toolResults: ['12 C'] }, []],
  ])('when %s', (_when, changes, names) => {
    expect(answer({ tools, ...changes }).calls).toEqual(names);
  });

  test('a tool result is repeated', () => {
    expect(answer({ toolResults: ['12 C'] }).text).toBe('The tool answered: 12 C');
  });
});
