import { Fault } from '../../../fault.ts';

/** A key is a part of a subject: tokens between dots, none of them empty. */
const keyPattern = /^[-/=\w]+(\.[-/=\w]+)*$/;

/** Throws `invalid_request` where a bucket cannot have such a key. */
export function assertBucketKey(key: string): void {
  if (keyPattern.test(key)) return;
  throw new Fault('invalid_request', {
    message: 'A key has letters, digits, "-", "_", "/" and "=", and single dots between them.',
  });
}
