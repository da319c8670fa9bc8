import type {
  Base64ImageSource,
  DocumentBlockParam,
  ImageBlockParam,
  TextBlockParam,
} from '@anthropic-ai/sdk/resources/messages';
import {
  type FilePart,
  type ImagePart,
  imageUrlOf,
  type ContentPart,
  type TextPart,
} from '@weir/contracts/chat/content-part';
import { cacheControl } from './cache-marks.ts';
import { unsupported, unsupportedPart } from '../unsupported.ts';

type UserBlock = TextBlockParam | ImageBlockParam | DocumentBlockParam;

const imageTypes = new Map<string, Base64ImageSource['media_type']>([
  ['image/jpeg', 'image/jpeg'],
  // Not a registered type, and often sent.
  ['image/jpg', 'image/jpeg'],
  ['image/png', 'image/png'],
  ['image/gif', 'image/gif'],
  ['image/webp', 'image/webp'],
]);

const dataUrl = /^data:([a-z0-9.+/-]+);base64,/i;

/** Text as blocks. Anthropic refuses a request for a block without visible text, so such text is left out. */
export function toTextBlocks(content: string | readonly TextPart[] | null | undefined): TextBlockParam[] {
  const parts = typeof content === 'string' ? [{ type: 'text' as const, text: content }] : (content ?? []);
  return parts.filter(({ text }) => text.trim() !== '').map(toTextBlock);
}

/** What a tool gave back: Anthropic takes images there too. `param` is the message's content, for faults. */
export function toToolBlocks(
  content: string | readonly ContentPart[],
  param: string,
): (TextBlockParam | ImageBlockParam)[] {
  if (typeof content === 'string') return toTextBlocks(content);
  return content.flatMap((part, index): (TextBlockParam | ImageBlockParam)[] => {
    if (part.type === 'text') return toTextBlocks([part]);
    if (part.type === 'image_url') return [toImageBlock(part, `${param}[${index}]`)];
    throw unsupportedPart('Anthropic models', part, `${param}[${index}]`);
  });
}

/** Text that may have come in parts. `param` is the message's content, for faults: `messages[2].content`. */
export function textOf(
  content: string | readonly ContentPart[],
  param: string,
): string | readonly TextPart[] {
  if (typeof content === 'string') return content;
  return content.map((part, index) => {
    if (part.type === 'text') return part;
    throw unsupportedPart('Anthropic models', part, `${param}[${index}]`);
  });
}

/** `param` is the message's content, for faults: `messages[2].content`. */
export function toUserBlocks(content: string | readonly ContentPart[], param: string): UserBlock[] {
  if (typeof content === 'string') return toTextBlocks(content);
  return content.flatMap((part, index) => toUserBlock(part, `${param}[${index}]`));
}

function toUserBlock(part: ContentPart, param: string): UserBlock[] {
  if (part.type === 'text') return toTextBlocks([part]);
  if (part.type === 'image_url') return [toImageBlock(part, param)];
  if (part.type === 'file') return [toDocumentBlock(part, param)];
  if (part.type === 'input_audio') throw unsupported('Anthropic models take no audio.', param);
  throw unsupportedPart('Anthropic models', part, param);
}

function toTextBlock(part: TextPart): TextBlockParam {
  return { type: 'text', text: part.text, ...cacheControl(part) };
}

function toImageBlock(part: ImagePart, param: string): ImageBlockParam {
  const url = imageUrlOf(part);
  const embedded = readDataUrl(url);
  if (!embedded && !/^https?:\/\//i.test(url)) {
    throw unsupported(
      'Anthropic models take images as http(s) addresses or base64 data URLs.',
      `${param}.image_url`,
    );
  }
  if (!embedded) return { type: 'image', source: { type: 'url', url }, ...cacheControl(part) };
  const mediaType = imageTypes.get(embedded.mediaType);
  if (mediaType === undefined) {
    throw unsupported('Anthropic models take images as JPEG, PNG, GIF or WebP.', `${param}.image_url.url`);
  }
  const source = { type: 'base64', media_type: mediaType, data: embedded.data } as const;
  return { type: 'image', source, ...cacheControl(part) };
}

function toDocumentBlock(part: FilePart, param: string): DocumentBlockParam {
  const { file_data: data, filename } = part.file;
  const embedded = readDataUrl(data ?? '');
  if (embedded?.mediaType !== 'application/pdf') {
    const message = 'Anthropic models take files as PDF only, as a base64 data URL in "file_data".';
    throw unsupported(message, `${param}.file`);
  }
  return {
    type: 'document',
    source: { type: 'base64', media_type: embedded.mediaType, data: embedded.data },
    ...(filename && { title: filename }),
    ...cacheControl(part),
  };
}

function readDataUrl(url: string): { mediaType: string; data: string } | undefined {
  const [prefix, mediaType] = dataUrl.exec(url) ?? [];
  if (prefix === undefined || mediaType === undefined) return undefined;
  return { mediaType: mediaType.toLowerCase(), data: url.slice(prefix.length) };
}
