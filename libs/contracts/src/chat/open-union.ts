import { z } from 'zod';
import { looseObjectOf } from '../collections.ts';

/**
 * The kind of a value that the contract does not know and passes on, for the host to judge. At run time it is the caller's
 * text. Its type is a pattern that no known kind has, so that a comparison with one tells the forms of a union apart.
 */
export type OtherKind = `other kind: ${string}`;

type Tagged = z.ZodObject<{ type: z.ZodLiteral<string> }>;

const otherThan = (known: ReadonlySet<string>) =>
  z
    .custom<OtherKind>((kind) => typeof kind === 'string' && !known.has(kind), { error: 'must be a string' })
    .meta({ type: 'string' });

interface OpenUnionDefinition extends z.core.$ZodUnionDef {
  isOther: (value: unknown) => boolean;
}

/** A union of two, which tries the second at once where it is the one: to fail first takes ten times as long. */
const OpenUnion = z.core.$constructor<z.ZodUnion, OpenUnionDefinition>('OpenUnion', (schema, definition) => {
  z.ZodUnion.init(schema, definition);
  const parseAll = schema._zod.parse.bind(schema._zod);
  const [, other] = definition.options;
  if (!other) return;
  schema._zod.parse = (payload, context) =>
    definition.isOther(payload.value) ? other._zod.run(payload, context) : parseAll(payload, context);
});

/**
 * The given forms, told apart by `type`, and `{ type: OtherKind, ... }` for each `type` that is none of theirs. A value of a
 * known `type` has to have its form: what is wrong with it stands in the first of the union's errors.
 */
export function openUnion<const Members extends readonly [Tagged, ...Tagged[]]>(members: Members) {
  const known = new Set(members.map((member) => member.shape.type.value));
  const ofKnownType = z.discriminatedUnion('type', members, {
    error: ({ code }: { code: string }) => (code === 'invalid_union' ? 'must be a string' : undefined),
  });
  const isOther = (value: unknown) =>
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    typeof value.type === 'string' &&
    !known.has(value.type);
  const options = [ofKnownType, looseObjectOf({ type: otherThan(known) })] as const;
  return new OpenUnion({ type: 'union', options, isOther }) as unknown as z.ZodUnion<typeof options>;
}

/** The given words, and each other text as an {@link OtherKind}. */
export function openEnum<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.union([z.enum(words), otherThan(new Set(words))], { error: 'must be a string' });
}
