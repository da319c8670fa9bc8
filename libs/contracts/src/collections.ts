import { z } from 'zod';

const { isObject, isPlainObject, prefixIssues, sizeCaps } = z.core.util;

const isArray: (value: unknown) => value is unknown[] = Array.isArray;

type Payload = z.core.ParsePayload;
type Context = z.core.ParseContextInternal;

/** What zod has to be told of each list and object that it makes, so that a schema may hold itself. */
function allocate<Made extends object>(
  schema: z.core.$ZodType,
  payload: Payload,
  made: Made,
  context: Context,
) {
  return z.config().memoizer?.alloc(schema, payload, made, context) ?? made;
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
    if (!isArray(input) || input.length > maxLength) return parseAll(payload, context);
    let output = allocate(schema, payload, input, context);
    for (let index = 0; index < input.length; index++) {
      const { value, issues } = run(definition.element, input[index], context);
      if (issues.length > 0) {
        payload.issues.push(...prefixIssues(index, issues));
        break;
      }
      if (value === input[index]) continue;
      if (output === input) output = [...input];
      output[index] = value;
    }
    payload.value = output;
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
    allocate(schema, payload, input, context);
    let isSame = !Object.hasOwn(input, '__proto__');
    for (const key in input) {
      if (key === '__proto__') continue;
      const name = run(keyType, key, context);
      const entry = name.issues.length > 0 ? name : run(valueType, input[key], context);
      if (entry.issues.length > 0) {
        // zod says what is wrong with this one entry.
        payload.value = { [key]: input[key] };
        return parseAll(payload, context);
      }
      isSame &&= name.value === key && entry.value === input[key];
    }
    return isSame ? payload : parseAll(payload, context);
  };
});

/** A field of an object. In zod's words: what it takes and gives where it is absent. */
const fieldOf = ([key, schema]: [string, z.core.$ZodType]) => ({
  key,
  schema,
  mayBeAbsent: schema._zod.optin !== undefined,
  staysAbsent: schema._zod.optin === 'optional' && schema._zod.optout === 'optional',
});

const LooseObject = z.core.$constructor<z.ZodObject>('LooseObject', (schema, definition) => {
  z.ZodObject.init(schema, definition);
  // `.strict()` and others have made another kind of it.
  if (definition.catchall?._zod.def.type !== 'unknown') return;
  const parseAll = schema._zod.parse.bind(schema._zod);
  const fields = z.core.util.cached(() => Object.entries(definition.shape).map(fieldOf));
  schema._zod.parse = (payload, context) => {
    const input: unknown = payload.value;
    if (!isObject(input) || Object.hasOwn(input, '__proto__')) return parseAll(payload, context);
    let output = allocate(schema, payload, input, context);
    for (const { key, schema: field, mayBeAbsent, staysAbsent } of fields.value) {
      const given = input[key];
      if (given === undefined && staysAbsent) continue;
      const { value, issues } = run(field, given, context);
      if (issues.length > 0) payload.issues.push(...prefixIssues(key, issues));
      else if (given === undefined && !mayBeAbsent && !(key in input))
        payload.issues.push({ code: 'invalid_type', expected: 'nonoptional', input: given, path: [key] });
      else if (value !== given) {
        if (output === input) output = { ...input };
        output[key] = value;
      }
    }
    payload.value = output;
    return payload;
  };
});

/**
 * `z.array`, which is as long as whoever sends it likes: so nothing is looked at behind the first item that is not valid. zod
 * would go on, and make a list of thousands of problems in seconds. With `.max()` its length is judged before any item.
 *
 * These three are for what was parsed from JSON and belongs to nobody else: where no item or field becomes another, the value
 * itself is the result. To copy some ten thousand keys takes 40 ms.
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

/** `z.looseObject`: of keys that the schema does not know, however many, none is looked at. */
export function looseObjectOf<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
): z.ZodObject<z.core.util.Writeable<Shape>, z.core.$loose> {
  return new LooseObject({ type: 'object', shape, catchall: z.unknown() }) as unknown as z.ZodObject<
    z.core.util.Writeable<Shape>,
    z.core.$loose
  >;
}
