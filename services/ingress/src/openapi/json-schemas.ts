import { parseOwnJson } from '@weir/service-kit/bounded-json';
import { z, type ZodType } from 'zod';

export type JsonSchema = Readonly<Record<string, unknown>>;

export interface Reference {
  readonly $ref: string;
}

const options = { io: 'input', unrepresentable: 'any' } as const;

const place = '#/components/schemas/';

/** The schemas of a document, each once and under a name of its own; everywhere else they are referred to. */
export class ComponentSchemas {
  readonly #registry = z.registry<{ id: string }>();

  /** A schema that was added before keeps its first name. */
  add(id: string, schema: ZodType): Reference {
    const known = this.#registry.get(schema)?.id;
    if (known === undefined) this.#registry.add(schema, { id });
    return { $ref: `${place}${known ?? id}` };
  }

  toJsonSchemas(): Record<string, JsonSchema> {
    const { schemas } = z.toJSONSchema(this.#registry, { ...options, uri: (id) => place + id });
    return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, embedded(schema)]));
  }
}

/**
 * A schema as a part of the document: it is known by its place, and not by an address of its own, as the one that what
 * recursive schemas share has (`__shared#/$defs`).
 */
function embedded(schema: object): JsonSchema {
  const text = JSON.stringify({ ...schema, $id: undefined, $schema: undefined });
  return parseOwnJson(text.replaceAll('__shared#/$defs/', '__shared/$defs/')) as JsonSchema;
}

/** The fields of an object, each with whether it has to be there. */
export function fieldsOf(schema: z.ZodObject): { name: string; schema: JsonSchema; required: boolean }[] {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, options);
  return Object.entries(properties).map(([name, field]) => ({
    name,
    schema: typeof field === 'object' ? { ...field } : {},
    required: required.includes(name),
  }));
}
