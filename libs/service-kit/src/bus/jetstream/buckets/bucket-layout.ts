import type { MsgHdrs } from '@nats-io/transport-node';
import type { Bucket } from '@weir/contracts/bucket';
import { Fault } from '../../../fault.ts';

/** The stream that holds a bucket, as NATS lays buckets out (ADR-8). */
export function streamOf({ name }: Bucket): string {
  return `KV_${name}`;
}

/** What comes before a key in its subject. */
export function keyPrefixOf({ name }: Bucket): string {
  return `$KV.${name}.`;
}

/** `DEL` or `PURGE`; a message without it is a value, and so is one with anything else. */
export const operationHeader = 'KV-Operation';

/** Whether a bucket's message says that its key is gone: by a delete, by a purge, or (from 2.11 on) by its age. */
export function isDeletion(headers: MsgHdrs | undefined): boolean {
  if (!headers) return false;
  return ['DEL', 'PURGE'].includes(headers.get(operationHeader)) || headers.has('Nats-Marker-Reason');
}

/** A key is a part of a subject: tokens between dots, none of them empty. */
const keyPattern = /^[-/=\w]+(\.[-/=\w]+)*$/;

/** Throws `invalid_request` where a bucket cannot have such a key. */
export function assertBucketKey(key: string): void {
  if (keyPattern.test(key)) return;
  throw new Fault('invalid_request', {
    message: 'A key has letters, digits, "-", "_", "/" and "=", and single dots between them.',
  });
}
