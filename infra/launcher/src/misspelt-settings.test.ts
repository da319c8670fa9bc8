import { services } from '@weir/services/services';
import { expect, test } from 'vitest';
import { misspeltSettings } from './misspelt-settings.ts';

const documentedNames = ['WEIR_URL', 'WEIR_STATE_DIR'];
const hintsOf = (variables: NodeJS.ProcessEnv) => misspeltSettings({ variables, documentedNames }, services);

test('a variable that is a letter or two from a setting gets a hint', () => {
  expect(hintsOf({ WEIR_ALOWED_HOSTS: 'x' })).toEqual([
    'WEIR_ALOWED_HOSTS is read by nobody: is WEIR_ALLOWED_HOSTS meant?',
  ]);
  expect(hintsOf({ ANTROPIC_API_KEY: 'x', OPENAI_BASE_URI: 'x' })).toEqual([
    'ANTROPIC_API_KEY is read by nobody: is ANTHROPIC_API_KEY meant?',
    'OPENAI_BASE_URI is read by nobody: is OPENAI_BASE_URL meant?',
  ]);
});

test('so does one that is spelt in small letters, or lacks a word', () => {
  expect(
    hintsOf({
      openai_api_key: 'x',
      weir_port: '1',
      ANTHROPIC_KEY: 'x',
      WEIR_UPSTREAM_FIRST_CONTENT_TIMEOUT: '1',
    }),
  ).toEqual(
    ['OPENAI_API_KEY', 'WEIR_PORT', 'ANTHROPIC_API_KEY', 'WEIR_UPSTREAM_FIRST_CONTENT_TIMEOUT_MS'].map(
      (name) => expect.stringContaining(`is ${name} meant?`) as unknown,
    ),
  );
});

test('proxies are named in small letters, and beside each other', () => {
  expect(hintsOf({ http_proxy: 'x', https_proxy: 'x', no_proxy: 'x' })).toEqual([]);
  expect(hintsOf({ HTTP_PROXY: 'x', HTTPS_PROXY: 'x' })).toEqual([]);
});

test('a variable with the prefix of Weir that is like no setting is told too', () => {
  expect(hintsOf({ WEIR_MAKE_COFFEE: '1' })).toEqual([
    'WEIR_MAKE_COFFEE is read by nobody: weir.env.example has every setting',
  ]);
});

test("what is read gets none, nor does what is documented, nor another program's", () => {
  const read = {
    OPENAI_API_KEY: 'x',
    WEIR_URL: 'x',
    WEIR_STATE_DIR: 'x',
    HOME: '/',
    LC_ALL: 'C',
    LOG_LEVEL: 'info',
    SSH_AUTH_SOCK: 'x',
  };
  expect(hintsOf(read)).toEqual([]);
  // A file of providers may name any variable for a key.
  expect(hintsOf({ ACME_API_KEY: 'x', WEIR_PROVIDERS_FILE: 'x' })).toEqual([]);
});
