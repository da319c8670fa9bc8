import { readFileSync } from 'node:fs';
import { settingsOf, type Setting } from '@weir/contracts/settings';
import { kitConfigSchema } from '@weir/service-kit/kit-config';
import { services } from '@weir/services/services';
import { expect, test } from 'vitest';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const namesOf = (settings: readonly Setting[]) =>
  settings.map(({ name }) => name).filter((name) => !name.includes('*'));
/** Of a text's words, the names of settings. */
const namesIn = (text: string) => text.match(/\b[A-Z]+(_[A-Z]+)+\b/g);

const ofTheKit = namesOf(settingsOf(kitConfigSchema));

test('every setting that a service reads is explained in weir.env.example', () => {
  const names = [...ofTheKit, ...services.flatMap(({ settings }) => namesOf(settings))];
  expect(names).toEqual(expect.arrayContaining(['WEIR_PORT', 'OPENAI_API_KEY']));
  expect(namesIn(read('weir.env.example'))).toEqual(expect.arrayContaining(names));
});

test.each(services)('every setting of $name itself is explained in its README', ({ name, settings }) => {
  const ofWeir = namesOf(settings).filter((setting) => setting.startsWith('WEIR_'));
  expect(namesIn(read(`services/${name}/README.md`))).toEqual(expect.arrayContaining(ofWeir));
});

test('every setting that all services read is explained in docs/operations.md', () => {
  expect(namesIn(read('docs/operations.md'))).toEqual(expect.arrayContaining(ofTheKit));
});
