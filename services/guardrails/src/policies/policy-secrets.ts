import { arrayOf, recordOf } from '@weir/contracts/collections';
import { documentSecrets, type PlacedSecret } from '@weir/service-kit/admin/documents/document-secrets';
import { pathText } from '@weir/service-kit/schema-fault';
import { z } from 'zod';

const text = z.string();

/** The fields of a check that hold secrets, and those that say to whom they are sent. */
const checkSchema = z.looseObject({
  type: text.optional(),
  engine: text.optional(),
  url: text.optional(),
  api_key: text.optional(),
  secret: text.optional(),
  headers: recordOf(text, text).optional(),
});

const sideSchema = z.looseObject({ checks: arrayOf(checkSchema).optional() }).optional();

/**
 * A policy as far as its secrets are concerned. They are longer where they are encrypted, and shorter where they are masked, than
 * a policy's own schema allows.
 */
export const anySecretsSchema = z.looseObject({ input: sideSchema, output: sideSchema });

type AnySecrets = z.output<typeof anySecretsSchema>;
type Side = z.output<typeof sideSchema>;
type AnyCheck = z.output<typeof checkSchema>;

/** The `api_key`s, `secret`s and `headers` of policies. */
export const policySecrets = documentSecrets<AnySecrets>({
  map: (policy, change) => ({
    ...policy,
    ...(policy.input && { input: mapSide(policy.input, 'input', change) }),
    ...(policy.output && { output: mapSide(policy.output, 'output', change) }),
  }),
  code: 'invalid_policy',
  unknownMask: 'the stored policy has no such secret for this address',
  holder: "guardrails'",
  maxTokenLength: 16_384,
});

type Change = (secret: PlacedSecret) => string;

function mapSide(side: NonNullable<Side>, name: string, change: Change): NonNullable<Side> {
  if (!side.checks) return side;
  return {
    ...side,
    checks: side.checks.map((check, index) => mapCheck(check, [name, 'checks', index], change)),
  };
}

function mapCheck(check: AnyCheck, path: readonly (string | number)[], change: Change): AnyCheck {
  const { api_key: apiKey, engine, headers, secret, type, url } = check;
  const recipient = JSON.stringify([type, engine, url]);
  const changed = (value: string, ...field: string[]) =>
    change({ text: value, place: pathText([...path, ...field]), recipient });
  return {
    ...check,
    ...(apiKey !== undefined && { api_key: changed(apiKey, 'api_key') }),
    ...(secret !== undefined && { secret: changed(secret, 'secret') }),
    ...(headers && {
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name, changed(value, 'headers', name)]),
      ),
    }),
  };
}
