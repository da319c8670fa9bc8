import { z } from 'zod';

/**
 * What a case says of a value. An object says nothing of the fields that it does not name; a list has as many elements as it names;
 * a text between slashes is a regular expression, on a text or on the JSON of anything else; and an object with one of these fields
 * is an operator.
 */
export type Pattern = unknown;

const operatorSchema = z.union([
  /** Whether it is there, whatever it is. */
  z.strictObject({ $exists: z.boolean() }),
  z.strictObject({ $not: z.unknown() }),
  /** A list, one of whose elements fits. */
  z.strictObject({ $some: z.unknown() }),
  z.strictObject({ $anyOf: z.array(z.unknown()) }),
  z.strictObject({ $allOf: z.array(z.unknown()) }),
]);

const objectSchema = z.record(z.string(), z.unknown());

const shown = (value: unknown) => {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 400 ? `${text.slice(0, 400)} … (${text.length} characters)` : text;
};

/** Where `value` does not fit, each place with what stands there; empty where it fits. */
export function misfits(pattern: Pattern, value: unknown, path = ''): string[] {
  const place = path === '' ? 'it' : path;
  const operator = operatorSchema.safeParse(pattern);
  if (operator.success)
    return fitsOperator(operator.data, value)
      ? []
      : [`${place} is ${shown(value)}, and not ${shown(pattern)}`];
  if (Array.isArray(pattern)) {
    if (!Array.isArray(value)) return [`${place} is ${shown(value)}, and no list`];
    if (value.length !== pattern.length) {
      return [`${place} has ${value.length} elements, and not ${pattern.length}: ${shown(value)}`];
    }
    return pattern.flatMap((element, index) => misfits(element, value[index], `${path}[${index}]`));
  }
  const fields = objectSchema.safeParse(pattern);
  if (fields.success) {
    const there = objectSchema.safeParse(value);
    if (!there.success) return [`${place} is ${shown(value)}, and no object`];
    return Object.entries(fields.data).flatMap(([name, field]) =>
      misfits(field, there.data[name], path === '' ? name : `${path}.${name}`),
    );
  }
  return isScalarFit(pattern, value) ? [] : [`${place} is ${shown(value)}, and not ${shown(pattern)}`];
}

function fitsOperator(operator: z.output<typeof operatorSchema>, value: unknown): boolean {
  const fits = (pattern: Pattern, given: unknown = value) => misfits(pattern, given).length === 0;
  if ('$exists' in operator) return operator.$exists === (value !== undefined);
  if ('$some' in operator)
    return Array.isArray(value) && value.some((element) => fits(operator.$some, element));
  if ('$anyOf' in operator) return operator.$anyOf.some((pattern) => fits(pattern));
  if ('$allOf' in operator) return operator.$allOf.every((pattern) => fits(pattern));
  return !fits(operator.$not);
}

function isScalarFit(pattern: unknown, value: unknown): boolean {
  const expression = typeof pattern === 'string' ? /^\/(.*)\/(i?s?)$/s.exec(pattern) : null;
  if (!expression) return Object.is(pattern, value);
  if (value === undefined) return false;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return new RegExp(expression[1] ?? '', expression[2]).test(text);
}
