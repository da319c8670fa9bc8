import { z } from 'zod';
import { openUnion } from './open-union.ts';

/** Base64 in a data URL, or an http(s) address that the provider fetches itself. */
const imageUrl = z.string().regex(/^(https?:\/\/|data:image\/[a-z0-9.+-]+;base64,)/i, {
  error: 'must be an http(s) URL or a base64 data URL of an image',
});

export const textPartSchema = z.looseObject({ type: z.literal('text'), text: z.string() });

export const imagePartSchema = z.looseObject({
  type: z.literal('image_url'),
  image_url: z.looseObject({ url: imageUrl, detail: z.string().nullish() }),
});

export const audioPartSchema = z.looseObject({
  type: z.literal('input_audio'),
  input_audio: z.looseObject({ data: z.string(), format: z.string() }),
});

export const filePartSchema = z.looseObject({
  type: z.literal('file'),
  file: z.looseObject({
    file_data: z.string().nullish(),
    file_id: z.string().nullish(),
    filename: z.string().nullish(),
  }),
});

export const refusalPartSchema = z.looseObject({ type: z.literal('refusal'), refusal: z.string() });

/** What a user may say: source: OpenAI chat completions, `ChatCompletionContentPart`. Hosts have more: `video_url`. */
export const userPartSchema = openUnion([textPartSchema, imagePartSchema, audioPartSchema, filePartSchema]);

export const assistantPartSchema = openUnion([textPartSchema, refusalPartSchema]);

export const instructionPartSchema = openUnion([textPartSchema]);

/** What a tool gave back. OpenAI takes text alone; others, as Anthropic, take images too. */
export const toolPartSchema = openUnion([textPartSchema, imagePartSchema]);

export type TextPart = z.output<typeof textPartSchema>;
export type ImagePart = z.output<typeof imagePartSchema>;
export type AudioPart = z.output<typeof audioPartSchema>;
export type FilePart = z.output<typeof filePartSchema>;
export type UserPart = z.output<typeof userPartSchema>;
export type AssistantPart = z.output<typeof assistantPartSchema>;
export type InstructionPart = z.output<typeof instructionPartSchema>;
export type ToolPart = z.output<typeof toolPartSchema>;
