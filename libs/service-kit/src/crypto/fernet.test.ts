import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fernetKeyOf, makeFernet, openFernet } from './fernet.ts';

/** The key of all vectors of https://github.com/fernet/spec. */
const key = fernetKeyOf(Buffer.from('cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=', 'base64url'));
const iv = Buffer.from([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
const hello =
  'gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==';

test("the specification's token is made (generate.json)", () => {
  const nowMs = Date.parse('1985-10-26T01:20:00-07:00');
  expect(makeFernet('hello', key, { iv, nowMs })).toBe(hello);
});

test("the specification's token is read (verify.json)", () => {
  const nowMs = Date.parse('1985-10-26T01:20:01-07:00');
  expect(openFernet(hello, key, { nowMs, maxAgeMs: 60_000 })).toBe('hello');
  expect(openFernet(hello, key)).toBe('hello');
});

/** invalid.json. */
test.each([
  [
    'incorrect mac',
    'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykQUFBQUFBQUFBQQ==',
  ],
  ['too short', 'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPA=='],
  [
    'invalid base64',
    '%%%%%%%%%%%%%AECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q==',
  ],
  [
    'payload size not multiple of block size',
    'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPOm73QeoCk9uGib28Xe5vz6oxq5nmxbx_v7mrfyudzUm',
  ],
  [
    'payload padding error',
    'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0ODz4LEpdELGQAad7aNEHbf-JkLPIpuiYRLQ3RtXatOYREu2FWke6CnJNYIbkuKNqOhw==',
  ],
  [
    'far-future TS (unacceptable clock skew)',
    'gAAAAAAdwStRAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAnja1xKYyhd-Y6mSkTOyTGJmw2Xc2a6kBd-iX9b_qXQcw==',
  ],
  [
    'expired TTL',
    'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q==',
    '1985-10-26T01:21:31-07:00',
  ],
  [
    'incorrect IV (causes padding error)',
    'gAAAAAAdwJ6xBQECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAkLhFLHpGtDBRLRTZeUfWgHSv49TF2AUEZ1TIvcZjK1zQ==',
  ],
])('what the specification calls invalid is refused: %s', (_, token, now = '1985-10-26T01:20:01-07:00') => {
  expect(openFernet(token, key, { nowMs: Date.parse(now), maxAgeMs: 60_000 })).toBeUndefined();
});

/** Made by Fernet of the Python package cryptography 50.0.2, at 1764000000. */
test.each([
  [
    '',
    'gAAAAABpJIEA9U74bmqXnJcqjCA_icQrNqmR4WkYayBvPcyZ96x1h_m8mrbrWpQblyJ-8E9azvAFtvrAanrVIyK2TEjBHACFXw==',
  ],
  [
    'sk-proj-0123456789abcdef',
    'gAAAAABpJIEAberP9oQlSQnoEcJUlXUFdZFUkbnPz_xHVdduELkEMxHmWd8vo-I59zygINRZF2U--VedV29DIbB7subVWnIJW-YbAriNHS4qa95Uqp63wSw=',
  ],
  [
    'Grüße, 世界 🙂',
    'gAAAAABpJIEAjUL6levQpFKdFquxaa9E0OWznwSbOojMb2xHcp9xaPqcO9rps2-Kpj5sSEE4CqoAlUJMiKH0b6BIsDCCKQJXs5DU2Jnk8L_dOpV2ETPgg68=',
  ],
  [
    'x'.repeat(64),
    'gAAAAABpJIEAwueARdIj-GKcgSrXLFLo1uTDWKD3y7oeHkPInuZYwm6RgRGcof37KX8NsAUIedD_1Dox4u5hReTUVTOVvLvgvaihNPDvMNytDYGPlFqICVjYau1MXYwYK7FNC4boJtX_K0FH94MQRfMFjbSY01kj61oPcqHN8roezyu33CPxE0M=',
  ],
])('another implementation writes the same tokens: %j', (text, token) => {
  expect(openFernet(token, key)).toBe(text);
  const itsIv = Buffer.from(token, 'base64url').subarray(9, 25);
  expect(makeFernet(text, key, { iv: itsIv, nowMs: 1_764_000_000_000 })).toBe(token);
});

test('any text comes back, and a token with any character changed does not open', () => {
  const unit = fc.string({ unit: 'grapheme', maxLength: 200 });
  fc.assert(
    fc.property(unit, fc.nat(), fc.constantFrom('A', 'z', '-', '=', ' ', '%'), (text, at, character) => {
      const token = makeFernet(text, key);
      expect(openFernet(token, key)).toBe(text);
      const place = at % token.length;
      const changed = token.slice(0, place) + character + token.slice(place + 1);
      if (changed !== token) expect(openFernet(changed, key)).toBeUndefined();
      expect(openFernet(token.slice(0, place), key)).toBeUndefined();
    }),
  );
});

const bytes = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((drawn) => Buffer.from(drawn));

test('any key opens its own tokens alone, and they are padded and versioned as the specification has it', () => {
  const secondMs = fc.nat({ max: 2 ** 31 }).map((seconds) => seconds * 1_000);
  fc.assert(
    fc.property(
      ...[bytes(32), bytes(32), bytes(16), secondMs, fc.string({ unit: 'binary', maxLength: 100 })],
      (one, other, iv, nowMs, text) => {
        const token = makeFernet(text, fernetKeyOf(one), { iv, nowMs });
        const written = Buffer.from(token, 'base64url');
        expect(token).toMatch(/^gAAAAA[\w-]*={0,2}$/);
        expect(token.length % 4).toBe(0);
        expect(written.readBigUInt64BE(1)).toBe(BigInt(nowMs / 1_000));
        expect(written.subarray(9, 25)).toEqual(iv);
        expect(openFernet(token, fernetKeyOf(one))).toBe(text.toWellFormed());
        if (!one.equals(other)) expect(openFernet(token, fernetKeyOf(other))).toBeUndefined();
      },
    ),
  );
});

test('a token with any bit of it turned does not open', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 100 }), fc.nat(), fc.nat({ max: 7 }), (text, at, bit) => {
      const changed = Buffer.from(makeFernet(text, key), 'base64url');
      const place = at % changed.length;
      changed.writeUInt8(changed.readUInt8(place) ^ (1 << bit), place);
      const token = changed.toString('base64').replaceAll('+', '-').replaceAll('/', '_');
      expect(openFernet(token, key)).toBeUndefined();
    }),
  );
});

test('a token is taken until it is too old, and from a clock that is a minute ahead at most', () => {
  const madeAtMs = 1_764_000_000_000;
  const token = makeFernet('hello', key, { nowMs: madeAtMs });
  fc.assert(
    fc.property(fc.integer({ min: -200_000, max: 200_000 }), fc.nat({ max: 200_000 }), (ageMs, maxAgeMs) => {
      const isTaken = ageMs <= maxAgeMs && ageMs >= -60_000;
      const opened = openFernet(token, key, { nowMs: madeAtMs + ageMs, maxAgeMs });
      expect(opened).toBe(isTaken ? 'hello' : undefined);
    }),
  );
});
