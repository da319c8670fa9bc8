import { expect, test } from 'vitest';
import { guessLanguage } from './language.ts';

test.each([
  ['How do I renew a passport?', 'en'],
  ['Làm sao để gia hạn hộ chiếu?', 'vi'],
  ['lam sao de gia han ho chieu', 'vi'],
  ['Làm sao để cài docker compose trên ubuntu', 'vi'],
  ['Wie verlängere ich meinen Pass für Österreich?', 'other'],
  ['パスポートの更新方法', 'other'],
  ['Как продлить паспорт?', 'other'],
  ['42', 'other'],
])('%s', (text, language) => {
  expect(guessLanguage(text)).toBe(language);
});
