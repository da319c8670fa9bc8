/** A JSON schema as it comes from the wire: an object of keywords, or `true` for "anything". */
export type JsonSchema = Record<string, unknown> | boolean;

const MAX_DEPTH = 12;

const STRING_FORMATS: Record<string, string> = {
  date: '2026-01-02',
  'date-time': '2026-01-02T03:04:05Z',
  time: '03:04:05Z',
  duration: 'P1D',
  email: 'user@example.com',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uri: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000000',
};

/**
 * Makes one value that satisfies a JSON schema, always the same one. Knows objects, arrays, strings (formats and
 * lengths, not patterns), numbers, booleans, null, `enum`, `const`, `anyOf`, `oneOf`, `allOf` and `$ref` into the
 * schema itself. A recursive schema ends at its optional properties and empty arrays.
 */
export function sampleSchema(schema: JsonSchema): unknown {
  return sample(schema, schema, 0);
}

function sample(schema: unknown, root: JsonSchema, depth: number): unknown {
  if (!isRecord(schema)) return 'sample';
  if (depth > MAX_DEPTH) throw new RangeError('The JSON schema requires an endless value.');
  if (typeof schema['$ref'] === 'string') return sample(resolve(schema['$ref'], root), root, depth + 1);
  if ('const' in schema) return schema['const'];
  if (Array.isArray(schema['enum'])) return (schema['enum'] as unknown[])[0];
  const alternatives = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(alternatives)) return sampleAny(alternatives, root, depth + 1);
  if (Array.isArray(schema['allOf'])) return sample(mergeAll(schema, root), root, depth + 1);
  return sampleType(schema, root, depth);
}

function sampleType(schema: Record<string, unknown>, root: JsonSchema, depth: number): unknown {
  const declared = Array.isArray(schema['type']) ? (schema['type'] as unknown[])[0] : schema['type'];
  switch (declared ?? ('properties' in schema ? 'object' : 'string')) {
    case 'object':
      return sampleObject(schema, root, depth);
    case 'array':
      return sampleArray(schema, root, depth);
    case 'integer':
      return Math.ceil(sampleNumber(schema));
    case 'number':
      return sampleNumber(schema);
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return sampleString(schema);
  }
}

function sampleObject(
  schema: Record<string, unknown>,
  root: JsonSchema,
  depth: number,
): Record<string, unknown> {
  const properties = isRecord(schema['properties']) ? schema['properties'] : {};
  const required = Array.isArray(schema['required']) ? (schema['required'] as unknown[]) : [];
  const names = Object.keys(properties).filter((name) => depth < 4 || required.includes(name));
  return Object.fromEntries(names.map((name) => [name, sample(properties[name], root, depth + 1)]));
}

function sampleArray(schema: Record<string, unknown>, root: JsonSchema, depth: number): unknown[] {
  const leastItems = Number(schema['minItems'] ?? 0);
  const length = depth < 4 ? Math.max(leastItems, 1) : leastItems;
  const prefix = Array.isArray(schema['prefixItems']) ? (schema['prefixItems'] as unknown[]) : [];
  const size = Math.min(Math.max(length, prefix.length), Number(schema['maxItems'] ?? Infinity));
  return Array.from({ length: size }, (_, index) =>
    sample(prefix[index] ?? schema['items'] ?? true, root, depth + 1),
  );
}

function sampleNumber(schema: Record<string, unknown>): number {
  const step = Number(schema['multipleOf'] ?? 1);
  const least = Number(schema['minimum'] ?? Number(schema['exclusiveMinimum'] ?? -Infinity) + step);
  const most = Number(schema['maximum'] ?? Number(schema['exclusiveMaximum'] ?? Infinity) - step);
  const wanted = Math.min(Math.max(step, least), most);
  return Math.ceil(wanted / step) * step;
}

function sampleString(schema: Record<string, unknown>): string {
  const format = typeof schema['format'] === 'string' ? STRING_FORMATS[schema['format']] : undefined;
  const text = format ?? 'sample';
  const leastLength = Number(schema['minLength'] ?? 0);
  return text.padEnd(leastLength, 'x').slice(0, Number(schema['maxLength'] ?? Infinity));
}

/** The first alternative that can be sampled: a recursive one is passed over for one that ends. */
function sampleAny(alternatives: unknown[], root: JsonSchema, depth: number): unknown {
  for (const alternative of alternatives) {
    try {
      return sample(alternative, root, depth);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
  throw new RangeError('No alternative of the JSON schema ends.');
}

function mergeAll(schema: Record<string, unknown>, root: JsonSchema): Record<string, unknown> {
  const { allOf, ...rest } = schema;
  const merged: Record<string, unknown> = { ...rest };
  for (const part of allOf as unknown[]) {
    const resolved = isRecord(part) && typeof part['$ref'] === 'string' ? resolve(part['$ref'], root) : part;
    if (!isRecord(resolved)) continue;
    const properties = { ...asRecord(merged['properties']), ...asRecord(resolved['properties']) };
    const required = [...asArray(merged['required']), ...asArray(resolved['required'])];
    Object.assign(merged, resolved, { properties, required });
  }
  return merged;
}

/** Follows a reference such as `#/$defs/Node` into the schema it stands in. */
function resolve(reference: string, root: JsonSchema): unknown {
  const steps = reference.replace(/^#\/?/, '').split('/').filter(Boolean);
  return steps.reduce<unknown>((node, step) => {
    const name = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
    return isRecord(node) ? node[name] : undefined;
  }, root);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const asRecord = (value: unknown) => (isRecord(value) ? value : {});
const asArray = (value: unknown) => (Array.isArray(value) ? (value as unknown[]) : []);
