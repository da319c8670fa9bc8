import { type ContentPart, imageUrlOf } from '@weir/contracts/chat/content-part';
import type { ChatRequest } from '@weir/contracts/chat/request';

/** A content part that is no text. What may be longer than its request shows is a `file`: a video by its address is one too. */
export interface Attachment {
  readonly kind: 'image' | 'audio' | 'file';
  /** How many characters of base64 it has, which are not read as text. */
  readonly base64Length: number;
}

/** Kinds of parts that hosts of their own have, and that hold text alone: of thoughts of earlier turns. */
const textParts = new Set<string>(['thinking', 'redacted_thinking', 'reasoning']);

/** Those of all messages. Base64 counts as none where a provider may take it for text: only a user's is surely read as what it is. */
export function attachmentsOf({ messages }: Pick<ChatRequest, 'messages'>): Attachment[] {
  return messages.flatMap(({ role, content }) => {
    if (!Array.isArray(content)) return [];
    const attachments = content.flatMap(attachmentOf);
    return role === 'user' ? attachments : attachments.map((one) => ({ ...one, base64Length: 0 }));
  });
}

function attachmentOf(part: ContentPart): Attachment[] {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return [];
    case 'image_url':
      return [imageOf(imageUrlOf(part))];
    case 'input_audio':
      return [soundOf(part.input_audio.data)];
    case 'file':
      return [{ kind: 'file', base64Length: part.file.file_data?.length ?? 0 }];
    default:
      return textParts.has(part.type) ? [] : [{ kind: 'file', base64Length: dataLength(part) }];
  }
}

/** Some hosts take documents and videos by the name of an image. */
function imageOf(url: string): Attachment {
  const [prefix] = /^data:image\/[\w.+-]{1,64};base64,/i.exec(url) ?? [];
  if (prefix !== undefined) return { kind: 'image', base64Length: url.length - prefix.length };
  return /^https?:/i.test(url)
    ? { kind: 'image', base64Length: 0 }
    : { kind: 'file', base64Length: dataLength(url) };
}

/** Some hosts take its address in the place of its data, or a data URL. */
function soundOf(data: string): Attachment {
  const isAddress = /^(?!data:(?:audio\/[\w.+-]{1,64})?;base64,)[a-z][\w+.-]*:/i.test(data);
  return isAddress ? { kind: 'file', base64Length: 0 } : { kind: 'audio', base64Length: data.length };
}

/** How much of a value is base64: strings that are long and have no blank. */
function dataLength(value: unknown): number {
  if (typeof value === 'string') return value.length >= 256 && /^[^\s]+$/.test(value) ? value.length : 0;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce<number>((sum, item) => sum + dataLength(item), 0);
}
