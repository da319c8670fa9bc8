import { createCredential } from '@weir/contracts/admin/credentials';
import { documentJsonLimits } from '@weir/contracts/limits';
import { tryParseBoundedJson } from '@weir/service-kit/bounded-json';
import { UnreadableToken } from '@weir/service-kit/crypto/master-keys';
import { openSealed, type SealingKeys } from '@weir/service-kit/crypto/sealed-box';
import { Fault } from '@weir/service-kit/fault';
import { z } from 'zod';
import type { KeyWrapper, Wrapped } from './key-wrapper.ts';

/** Why the real key of a credential cannot be had from its token. It says nothing of either. */
export class UnreadableRealKey extends Error {
  override readonly name = 'UnreadableRealKey';
  readonly reason: 'master_key' | 'other_credential';

  constructor(credentialId: string, reason: UnreadableRealKey['reason']) {
    const because = {
      master_key: 'none of the master keys opens it',
      other_credential: 'it is not the one that was made for this credential',
    }[reason];
    super(`the token of credential ${credentialId} cannot be used: ${because}`);
    this.reason = reason;
  }
}

/** Whose it is stands beside the key, so that a token which is put into another row is found out. */
const contentSchema = z.object({ id: z.string(), key: z.string() });

export function wrapRealKey(wrapper: KeyWrapper, content: { id: string; key: string }): Promise<Wrapped> {
  return wrapper.wrap(JSON.stringify(content));
}

/** Rejects with an `UnreadableRealKey`. */
export async function unwrapRealKey(
  wrapper: KeyWrapper,
  { id, token }: { readonly id: string; readonly token: string },
): Promise<string> {
  const text = await wrapper.unwrap(token).catch((thrown: unknown) => {
    throw thrown instanceof UnreadableToken ? new UnreadableRealKey(id, 'master_key') : thrown;
  });
  const { data: content } = contentSchema.safeParse(parseJson(text));
  if (content?.id !== id) throw new UnreadableRealKey(id, 'other_credential');
  return content.key;
}

const realKeySchema = createCredential.input.shape.api_key;

/** What an admin has sent, sealed on its way. Throws `invalid_request`, or `stale_sealing_key`. */
export function openSealedRealKey(sealed: string, keys: SealingKeys): string {
  const { data: key } = realKeySchema.safeParse(parseJson(openSealed(sealed, keys)));
  if (key === undefined) {
    const message = 'The key must be printable ASCII without white space.';
    throw new Fault('invalid_request', { message, param: 'api_key' });
  }
  return key;
}

/** By which people tell real keys apart. Of a short one, four characters would tell too much. */
export function shownOf(key: string): string {
  return key.length < 8 ? '****' : key.slice(-4);
}

const parseJson = (text: string) => tryParseBoundedJson(text, documentJsonLimits);
