import { imageUrlOf } from '@weir/contracts/chat/content-part';
import type { ChatRequest } from '@weir/contracts/chat/request';

/** An image, a sound or a file in a message of a user: the only places where providers take one for that, and not for text. */
export interface Attachment {
  readonly kind: 'image' | 'audio' | 'file';
  /** How many characters of base64 it has, which are not read as text. */
  readonly base64Length: number;
}

export function attachmentsOf({ messages }: Pick<ChatRequest, 'messages'>): Attachment[] {
  return messages.flatMap((message) => {
    if (message.role !== 'user' || typeof message.content === 'string') return [];
    return message.content.flatMap((part): Attachment[] => {
      switch (part.type) {
        case 'text':
          return [];
        case 'image_url':
          return [{ kind: 'image', base64Length: base64LengthOf(imageUrlOf(part)) }];
        case 'input_audio':
          return [{ kind: 'audio', base64Length: part.input_audio.data.length }];
        case 'file':
          return [{ kind: 'file', base64Length: part.file.file_data?.length ?? 0 }];
        default:
          return [];
      }
    });
  });
}

/** Of a data URL of an image; 0 for all others. */
function base64LengthOf(url: string): number {
  const [prefix] = /^data:image\/[\w.+-]{1,64};base64,/i.exec(url) ?? [];
  return prefix === undefined ? 0 : url.length - prefix.length;
}
