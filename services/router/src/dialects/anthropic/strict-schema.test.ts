import { expect, test } from 'vitest';
import { toStrictSchema } from './strict-schema.ts';

test('objects are closed, at every depth', () => {
  const open = { type: 'object', properties: { a: { type: 'string' } } };
  const closed = { ...open, additionalProperties: false };
  expect(toStrictSchema(open)).toEqual(closed);
  expect(toStrictSchema({ type: 'array', items: open })).toEqual({ type: 'array', items: closed });
  expect(toStrictSchema({ anyOf: [open, { type: 'null' }] })).toEqual({ anyOf: [closed, { type: 'null' }] });
  expect(toStrictSchema({ $ref: '#/definitions/a', definitions: { a: open } })).toEqual({
    $ref: '#/definitions/a',
    definitions: { a: closed },
  });
});

test('an object that is open in so many words stays open, for the provider to judge', () => {
  const map = { type: 'object', additionalProperties: { type: 'string' } };
  expect(toStrictSchema(map)).toEqual(map);
});

test('constraints are told in the description', () => {
  expect(toStrictSchema({ type: 'integer', minimum: 1, maximum: 5 })).toEqual({
    type: 'integer',
    description: 'minimum: 1, maximum: 5',
  });
  expect(toStrictSchema({ type: 'string', description: 'A name.', maxLength: 9 })).toEqual({
    type: 'string',
    description: 'A name. (maxLength: 9)',
  });
});

test('a property may be called like a keyword', () => {
  const schema = {
    type: 'object',
    properties: { minimum: { type: 'number' }, items: { type: 'string' } },
    required: ['minimum'],
    additionalProperties: false,
  };
  expect(toStrictSchema(schema)).toEqual(schema);
});

test('what is no schema passes as it is', () => {
  const schema = {
    type: ['string', 'null'],
    enum: ['a', null],
    items: true,
    properties: null,
    pattern: '^a$',
  };
  expect(toStrictSchema(schema)).toEqual(schema);
});
