type Schema = Readonly<Record<string, unknown>>;

/** Keywords whose value is a schema, a list of schemas, or schemas by name. */
const nested = new Set(['items', 'anyOf', 'oneOf', 'allOf']);
const nestedByName = new Set(['properties', '$defs', 'definitions']);

/** What the grammar that Anthropic makes of a schema cannot hold an answer to. */
const constraints = new Set([
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
]);

/**
 * A schema that Anthropic takes where it guarantees an answer's form. It refuses objects that are not closed in so
 * many words, and constraints, which OpenAI takes and every `z.int()` has: these are told to the model in the
 * description instead, as Anthropic's own SDK does. All else passes as it is.
 */
export function toStrictSchema(schema: Schema): Record<string, unknown> {
  const told = Object.entries(schema).filter(([keyword]) => constraints.has(keyword));
  const kept = Object.entries(schema).filter(([keyword]) => !constraints.has(keyword));
  return {
    ...Object.fromEntries(kept.map(([keyword, value]) => [keyword, toStrictValue(keyword, value)])),
    ...(told.length > 0 && { description: describe(schema['description'], told) }),
    ...(schema['type'] === 'object' && { additionalProperties: schema['additionalProperties'] ?? false }),
  };
}

function toStrictValue(keyword: string, value: unknown): unknown {
  if (nested.has(keyword))
    return Array.isArray(value) ? value.map(toStrictIfSchema) : toStrictIfSchema(value);
  if (!nestedByName.has(keyword) || !isSchema(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, schema]) => [name, toStrictIfSchema(schema)]));
}

function toStrictIfSchema(value: unknown): unknown {
  return isSchema(value) ? toStrictSchema(value) : value;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function describe(description: unknown, told: [string, unknown][]): string {
  const rules = told.map(([keyword, value]) => `${keyword}: ${JSON.stringify(value)}`).join(', ');
  return typeof description === 'string' ? `${description} (${rules})` : rules;
}
