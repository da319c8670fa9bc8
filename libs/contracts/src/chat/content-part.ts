import { z } from 'zod';
import { looseObjectOf } from '../collections.ts';
import { openUnion } from './open-union.ts';

/**
 * An address that the provider fetches itself, a data URL, or what else a host may take: `gs://`, base64 without a prefix. No
 * host is sent to read its own files.
 */
const imageUrl = z
  .string()
  .regex(/^(?!\s*file:)/i, { error: 'must not be the address of a file of the host' });

export const textPartSchema = looseObjectOf({ type: z.literal('text'), text: z.string() });

/** Mistral has the address itself in the place of the object. */
export const imagePartSchema = looseObjectOf({
  type: z.literal('image_url'),
  image_url: z.union([imageUrl, looseObjectOf({ url: imageUrl, detail: z.string().nullish() })], {
    error: 'must be an object or a string',
  }),
});

/** `data` is base64; some hosts take an address there, and tell the format themselves. */
export const audioPartSchema = looseObjectOf({
  type: z.literal('input_audio'),
  input_audio: looseObjectOf({ data: z.string(), format: z.string().nullish() }),
});

export const filePartSchema = looseObjectOf({
  type: z.literal('file'),
  file: looseObjectOf({
    file_data: z.string().nullish(),
    file_id: z.string().nullish(),
    filename: z.string().nullish(),
  }),
});

export const refusalPartSchema = looseObjectOf({ type: z.literal('refusal'), refusal: z.string() });

/**
 * What anybody says. Source: OpenAI chat completions, `ChatCompletionContentPart`. Hosts have more, as `video_url`, and take them
 * from others than OpenAI does: images from tools, `thinking` from assistants.
 */
export const contentPartSchema = openUnion([
  textPartSchema,
  imagePartSchema,
  audioPartSchema,
  filePartSchema,
  refusalPartSchema,
]);

export type TextPart = z.output<typeof textPartSchema>;
export type ImagePart = z.output<typeof imagePartSchema>;
export type AudioPart = z.output<typeof audioPartSchema>;
export type FilePart = z.output<typeof filePartSchema>;
export type ContentPart = z.output<typeof contentPartSchema>;

/** The address of an image, or its data. */
export function imageUrlOf({ image_url: image }: ImagePart): string {
  return typeof image === 'string' ? image : image.url;
}
