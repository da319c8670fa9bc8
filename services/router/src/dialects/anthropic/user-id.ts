import { hashedUser } from '../../domain/stand-in-id.ts';

/** The most that Anthropic takes. */
const maxLength = 256;

const uuid = /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/gi;

/** Seven digits and more, with what people write between them. */
const phone = /\+?\(?\d(?:[\s().-]{0,3}\d){6,}/;

/**
 * OpenAI's `user` as Anthropic's `metadata.user_id`. Anthropic refuses what looks like an e-mail address or a phone number,
 * and asks for a UUID or a hash: whatever may be taken for personal data is sent as its hash.
 */
export function toUserId(user: string): string {
  const isPersonal = user.includes('@') || phone.test(user.replace(uuid, ''));
  return isPersonal || user.length > maxLength ? hashedUser(user) : user;
}
