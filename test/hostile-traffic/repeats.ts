import type { HostileAnswer, HostileCase } from '../helpers/hostile/hostile-case.ts';
import { canaryKey } from '../helpers/hostile/canary-key.ts';
import { choice, completionText } from './texts.ts';

/** M2, L1: an answer that repeats what it was asked with, once as it is and once in each of other spellings. */
const spellings: Readonly<Record<string, (text: string) => string>> = {
  plain: (text) => text,
  base64: (text) => Buffer.from(text).toString('base64'),
  hex: (text) => Buffer.from(text).toString('hex'),
  percent: (text) => Array.from(text, (character) => `%${character.charCodeAt(0).toString(16)}`).join(''),
  escaped: (text) => Array.from(text, (character) => `\\u00${character.charCodeAt(0).toString(16)}`).join(''),
};

const places: Readonly<Record<string, (text: string) => HostileAnswer>> = {
  'the content type': (text) => ({ headers: { 'content-type': `text/\u009b31m${text}` }, body: 'no JSON' }),
  'the param': (text) => errorOf(`"message":"No","param":"${text}"`),
  'the code': (text) => errorOf(`"message":"No","code":"${text}"`),
  'the type': (text) => errorOf(`"message":"No","type":"${text}"`),
  'the message': (text) => errorOf(`"message":"Key ${text} is wrong"`),
  'a request id': (text) => ({ ...errorOf('"message":"No"'), headers: { 'x-request-id': text } }),
  'the model': (text) => ({ body: completionText(choice()).replace('"model":"m"', `"model":"${text}"`) }),
  'the id': (text) => ({ body: completionText(choice()).replace('"id":"c"', `"id":"${text}"`) }),
  'a finish reason': (text) => ({ body: completionText(choice().replace('"stop"', `"${text}"`)) }),
};

const errorOf = (fields: string): HostileAnswer => ({ status: 400, body: `{"error":{${fields}}}` });

export const repeatCases: readonly HostileCase[] = Object.entries(places).flatMap(([place, answerOf]) =>
  Object.entries(spellings)
    // A provider's words in its own content may be any; what is not sent as a header is a text that can be escaped.
    .filter(([spelling]) => spelling !== 'escaped' || !/content type|request id/.test(place))
    .map(([spelling, spell]) => ({
      id: `${place === 'the content type' ? 'M2' : 'L1'}-${place.replaceAll(' ', '-')}-${spelling}`,
      promise: `a credential that ${place} repeats (${spelling}) is in no answer and no log`,
      // A content type is told of where no stream came that was asked for.
      isStreamed: place === 'the content type',
      answer: (authorization: string) => answerOf(spell(authorization.replace('Bearer ', ''))),
      expected: { status: [200, 400, 502] },
      never: spelling === 'escaped' ? [] : [spell(canaryKey).replaceAll('=', '')],
    })),
);
