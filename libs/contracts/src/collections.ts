import { z } from 'zod';

const { isPlainObject, prefixIssues, sizeCaps } = z.core.util;

type Payload = z.core.ParsePayload;
type Context = z.core.ParseContextInternal;

/** What zod has to be told of each list and object that it makes, so that a schema may hold itself. */
function allocate<Empty extends object>(
  schema: z.core.$ZodType,
  payload: Payload,
  empty: Empty,
  context: Context,
) {
  return z.config().memoizer?.alloc(schema, payload, empty, context) ?? empty;
}

/** Schemas here are judged in one go: nothing in them waits. */
function run(schema: z.core.SomeType, value: unknown, context: Context): Payload {
  const result = schema._zod.run({ value, issues: [] }, context);
  if (result instanceof Promise) throw new z.core.$ZodAsyncError();
  return result;
}

const FailFastArray = z.core.$constructor<z.ZodArray>('FailFastArray', (schema, definition) => {
  z.ZodArray.init(schema, definition);
  const parseAll = schema._zod.parse.bind(schema._zod);
  const maxLength = Math.min(...sizeCaps(definition.checks).map(([maximum]) => maximum));
  schema._zod.parse = (payload, context) => {
    const input: unknown = payload.value;
    // zod looks at no item of one that is too long.
    if (!Array.isArray(input) || input.length > maxLength) return parseAll(payload, context);
    const items = allocate(schema, payload, new Array<unknown>(input.length), context);
    payload.value = items;
    for (let index = 0; index < input.length; index++) {
      const { value, issues } = run(definition.element, input[index], context);
      if (issues.length > 0) {
        payload.issues.push(...prefixIssues(index, issues));
        break;
      }
      items[index] = value;
    }
    return payload;
  };
});

const FailFastRecord = z.core.$constructor<z.ZodRecord>('FailFastRecord', (schema, definition) => {
  z.ZodRecord.init(schema, definition);
  const { keyType, valueType } = definition;
  const parseAll = schema._zod.parse.bind(schema._zod);
  schema._zod.parse = (payload, context) => {
    const input: unknown = payload.value;
    // Where the keys are listed, all of them have to be there, and none else.
    if (!isPlainObject(input) || keyType._zod.values) return parseAll(payload, context);
    const entries = allocate<Record<string, unknown>>(schema, payload, {}, context);
    for (const key of Object.keys(input)) {
      if (key === '__proto__') continue;
      const name = run(keyType, key, context);
      const entry = name.issues.length > 0 ? name : run(valueType, input[key], context);
      if (entry.issues.length > 0) {
        // zod says what is wrong with this one entry.
        payload.value = { [key]: input[key] };
        return parseAll(payload, context);
      }
      // Assigned, `__proto__` would become the prototype.
      if (name.value !== '__proto__') entries[String(name.value)] = entry.value;
    }
    payload.value = entries;
    return payload;
  };
});

/**
 * `z.array`, which is as long as whoever sends it likes: so nothing is looked at behind the first item that is not valid. zod
 * would go on, and make a list of thousands of problems in seconds. With `.max()` its length is judged before any item.
 */
export function arrayOf<Element extends z.core.SomeType>(element: Element): z.ZodArray<Element> {
  return new FailFastArray({
    type: 'array',
    element: element as unknown as z.core.$ZodType,
  }) as unknown as z.ZodArray<Element>;
}

/** `z.record`, likewise: nothing is looked at behind the first entry that is not valid. */
export function recordOf<Key extends z.core.$ZodRecordKey, Value extends z.core.SomeType>(
  key: Key,
  value: Value,
): z.ZodRecord<Key, Value> {
  return new FailFastRecord({
    type: 'record',
    keyType: key,
    valueType: value as unknown as z.core.$ZodType,
  }) as unknown as z.ZodRecord<Key, Value>;
}
