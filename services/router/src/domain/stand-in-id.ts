import { createHash } from 'node:crypto';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Letters and digits in the place of an id that a host does not take: always the same for the same id. */
export function standInId(id: string, length: number): string {
  return Array.from({ length }, (_, index) => {
    const block = createHash('sha256')
      .update(`${Math.floor(index / 32)}:${id}`)
      .digest();
    return alphabet[(block[index % 32] ?? 0) % alphabet.length];
  }).join('');
}

/** A hash of an end user's id, for providers that want no personal data there. */
export function hashedUser(user: string): string {
  return createHash('sha256').update(user).digest('hex');
}
