import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { sampleSchema } from './schema-sampler.ts';

const Tree = z.object({
  label: z.string(),
  get children() {
    return z.array(Tree);
  },
});

const Chain = z.object({
  get next() {
    return z.union([Chain, z.null()]);
  },
});

describe('a sample satisfies its schema', () => {
  test.each<[string, z.ZodType]>([
    ['object', z.strictObject({ city: z.string(), days: z.int().min(3).max(5), wet: z.boolean() })],
    ['optional properties', z.strictObject({ city: z.string().optional() })],
    [
      'array',
      z
        .array(z.object({ id: z.number() }))
        .min(2)
        .max(3),
    ],
    ['tuple', z.tuple([z.string(), z.number(), z.literal('end')])],
    ['enum and literal', z.object({ unit: z.enum(['C', 'F']), kind: z.literal('weather') })],
    ['union', z.union([z.object({ a: z.number() }), z.string()])],
    ['nullable', z.object({ note: z.string().nullable() })],
    ['intersection', z.intersection(z.object({ a: z.string() }), z.object({ b: z.number() }))],
    ['string lengths', z.object({ long: z.string().min(40), short: z.string().max(2) })],
    ['string formats', z.object({ at: z.iso.datetime(), on: z.iso.date(), id: z.uuid(), to: z.email() })],
    [
      'number ranges',
      z.object({ a: z.number().gt(4), b: z.number().lt(0), c: z.int().multipleOf(7).min(8) }),
    ],
    ['record', z.record(z.string(), z.number())],
    ['recursion through arrays', Tree],
    ['recursion through a union', Chain],
  ])('%s', (_name, schema) => {
    const sample = sampleSchema(z.toJSONSchema(schema));
    expect(schema.safeParse(sample)).toMatchObject({ success: true });
  });

  test('a reference into $defs is followed', () => {
    const schema = { $ref: '#/$defs/Unit', $defs: { Unit: { enum: ['C'] } } };
    expect(sampleSchema(schema)).toBe('C');
  });

  test('a schema that requires an endless value is an error', () => {
    const schema = { type: 'object', properties: { next: { $ref: '#' } }, required: ['next'] };
    expect(() => sampleSchema(schema)).toThrow(RangeError);
  });
});
