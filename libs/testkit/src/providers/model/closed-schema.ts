/**
 * Finds an object in a JSON schema that does not say `additionalProperties: false`, which providers that decode under
 * a schema demand of every object. Returns the path to it, or undefined if there is none.
 */
export function findOpenObject(schema: unknown, path: string[] = []): string[] | undefined {
  if (typeof schema !== 'object' || schema === null) return undefined;
  if (isOpenObject(schema as Record<string, unknown>)) return path;
  for (const [name, value] of Object.entries(schema)) {
    if (name === 'enum' || name === 'const' || name === 'default' || name === 'examples') continue;
    const found = findOpenObject(value, [...path, name]);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isOpenObject({ type, additionalProperties }: Record<string, unknown>): boolean {
  const isObject = type === 'object' || (Array.isArray(type) && type.includes('object'));
  return isObject && additionalProperties !== false;
}
