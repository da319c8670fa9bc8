import { createHash } from 'node:crypto';
import { isMaskedKey, maskedKeyProblem } from '@weir/contracts/keys/masked-key';
import type { KnownCredential } from '../domain/provider.ts';
import { isHeaderWord, readVariable, type Environment, type Report } from './environment.ts';

const fingerprintDigits = 8;

export function toCredential(secret: string): KnownCredential {
  const hash = createHash('sha256').update(secret).digest();
  const fingerprint = hash.toString('hex').slice(0, fingerprintDigits);
  return { fingerprint, digest: hash.toString('base64url'), secret };
}

/**
 * The keys of variables that hold one each, or several with commas between them; each key once. A key that no header can
 * carry is reported under `path`, by default the variable's name, and not repeated.
 */
export function readCredentials(
  env: Environment,
  variables: readonly string[],
  report: Report,
  path?: PropertyKey[],
): KnownCredential[] {
  const variableOf = new Map<string, string>();
  for (const name of variables) {
    for (const secret of readKeys(env, name, report, path ?? [name])) {
      if (!variableOf.has(secret)) variableOf.set(secret, name);
    }
  }
  return [...variableOf].map(([secret, variable]) => ({ ...toCredential(secret), variable }));
}

function readKeys(env: Environment, name: string, report: Report, path: PropertyKey[]): string[] {
  const value = readVariable(env, name);
  if (value === undefined) return [];
  const keys = value
    .split(',')
    .map((key) => key.trim())
    .filter((key) => key !== '');
  if (keys.length === 0) report(path, `the value of ${name} holds no key`);
  if (!keys.every(isHeaderWord)) {
    report(
      path,
      `a key of ${name} must hold no white space, control characters or characters beyond ASCII; commas stand between several`,
    );
  }
  if (keys.some(isMaskedKey)) report(path, `a key of ${name} ${maskedKeyProblem}`);
  return keys;
}
