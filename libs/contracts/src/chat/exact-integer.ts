import { z } from 'zod';

/** An integer that a number cannot hold: raw JSON (`JSON.rawJSON`), which is written with each of its digits. */
export interface RawInteger {
  readonly rawJSON: string;
}

/** Not declared by TypeScript's library yet. */
const { isRawJSON } = JSON as unknown as { isRawJSON: (value: unknown) => value is { rawJSON: string } };

const isInt64 = (value: unknown) =>
  isRawJSON(value) &&
  /^-?\d+$/.test(value.rawJSON) &&
  BigInt.asIntN(64, BigInt(value.rawJSON)) === BigInt(value.rawJSON);

/** From -2^63 to 2^63 - 1, of JSON that was parsed so that integers keep their digits. */
export const int64Schema = z
  .custom<number | RawInteger>((value) => Number.isSafeInteger(value) || isInt64(value), {
    error: ({ input }) =>
      typeof input === 'number' || isRawJSON(input)
        ? 'must be an integer from -2^63 to 2^63 - 1'
        : 'must be an integer',
  })
  .meta({ type: 'integer', format: 'int64' });
