import { describe, expect, test } from 'vitest';
import { findPersonalData } from './find-personal-data.ts';

const found = (text: string, level: 'balanced' | 'strict' = 'balanced') =>
  findPersonalData(text, { level }).map(({ entity, start, end }) => [entity, text.slice(start, end)]);

describe('tier 1 needs no words around it', () => {
  test.each([
    ['nam.nguyen@example.com.vn', 'email'],
    ['0912 345 678', 'phone'],
    ['+84 912 345 678', 'phone'],
    ['(024) 3812 3456', 'phone'],
    ['0084912345678', 'phone'],
    ['01621234567', 'phone'],
    ['001099012345', 'cccd'],
    ['001 099 012 345', 'cccd'],
    ['0100233488-001', 'mst'],
    ['4111 1111 1111 1111', 'bank_card'],
    ['123-45-6789', 'us_ssn'],
    ['sk-proj-abcdefgh1234567890ABCDEFGH', 'secret'],
  ])('%s is %s', (value, entity) => {
    expect(found(`Xin chào ${value}, cảm ơn.`)).toEqual([[entity, value]]);
  });
});
