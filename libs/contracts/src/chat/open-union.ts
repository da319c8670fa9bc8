import { z } from 'zod';

declare const otherKind: unique symbol;

/**
 * The kind of a value that the contract does not know and passes on, for the host to judge. At run time it is the caller's
 * text. Its type is one that no text has, so that a comparison with a known kind tells the forms of a union apart.
 */
export type OtherKind = typeof otherKind;

type Tagged = z.ZodObject<{ type: z.ZodLiteral<string> }>;

const otherThan = (known: ReadonlySet<string>) =>
  z.custom<OtherKind>((kind) => typeof kind === 'string' && !known.has(kind), { error: 'must be a string' });

/** The given forms, told apart by `type`, and `{ type: OtherKind, ... }` for each `type` that is none of theirs. */
export function openUnion<const Members extends readonly [Tagged, ...Tagged[]]>(members: Members) {
  const known = new Set(members.map((member) => member.shape.type.value));
  return z.union([z.discriminatedUnion('type', members), z.looseObject({ type: otherThan(known) })]);
}

/** The given words, and each other text as an {@link OtherKind}. */
export function openEnum<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.union([z.enum(words), otherThan(new Set(words))], { error: 'must be a string' });
}
