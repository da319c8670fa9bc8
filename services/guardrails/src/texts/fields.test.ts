import { chatChunkSchema } from '@weir/contracts/chat/chunk';
import { chatCompletionSchema } from '@weir/contracts/chat/completion';
import { chatRequestSchema } from '@weir/contracts/chat/request';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { chunkFields, completionFields, requestFields } from './fields.ts';

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly propertyNames?: unknown;
}

/** The paths of all that may be a string, as `messages[].content`. */
function stringPaths(schema: JsonSchema, path = ''): string[] {
  const { type, properties = {}, items, anyOf = [], oneOf = [] } = schema;
  const named = [schema.const, ...(schema.enum ?? [])].some((one) => typeof one === 'string');
  const isString = [type].flat().includes('string') || named;
  // What may be anything may be a string, and have strings in it.
  const isUnknown = Object.keys(schema).length === 0;
  const isRecord = schema.propertyNames !== undefined;
  const holdsStrings = isString || isUnknown || (isRecord && !isNumber(schema.additionalProperties));
  const ofFields = Object.entries(properties).flatMap(([name, field]) =>
    stringPaths(field, path === '' ? name : `${path}.${name}`),
  );
  return [
    ...(holdsStrings ? [path] : []),
    ...ofFields,
    ...(items ? stringPaths(items, `${path}[]`) : []),
    ...[...anyOf, ...oneOf].flatMap((branch) => stringPaths(branch, path)),
  ];
}

const isNumber = (schema: JsonSchema | boolean | undefined) =>
  typeof schema === 'object' && schema.type === 'number';

test.each([
  ['a request', chatRequestSchema, requestFields],
  ['a whole answer', chatCompletionSchema, completionFields],
  ['a chunk of an answer', chatChunkSchema, chunkFields],
])('each string that the contract of %s knows is listed, as a text or as none', (_name, contract, fields) => {
  const schema = z.toJSONSchema(contract, { io: 'output', unrepresentable: 'any' }) as JsonSchema;
  const known = new Set(stringPaths(schema));
  expect(known.size).toBeGreaterThan(10);
  expect([...known].filter((path) => !(path in fields))).toEqual([]);
});

test('a field that a contract gets is missed until it is listed', () => {
  const contract = z.looseObject({
    model: z.string(),
    novelty: z.looseObject({ words: z.array(z.string()) }),
  });
  const schema = z.toJSONSchema(contract, { io: 'output' }) as JsonSchema;
  expect(stringPaths(schema).filter((path) => !(path in requestFields))).toEqual(['novelty.words[]']);
});
