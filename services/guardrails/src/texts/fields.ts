import { element, type Field } from './json-walker.ts';

/**
 * What a string in a request or in an answer is:
 * - `text`: said by somebody; so is every string in fields that are not listed.
 * - `json`: JSON within a string.
 * - `identifier`: a name, which has to stay one.
 * - `end_user`: by which others tell users apart: different ones have to stay different.
 * - `media`: text, unless it is a data URL or base64.
 * - `keyword`: a word of the protocol, or one that only a host knows: read where it is no word.
 * - `structural`: of the protocol. It is never read.
 */
export type FieldKind = 'text' | 'json' | 'identifier' | 'end_user' | 'media' | 'keyword' | 'structural';

const functionCall = { name: 'identifier', arguments: 'json' } as const;

const toolCall = nested('', {
  index: 'structural',
  id: 'structural',
  type: 'keyword',
  ...nested('function.', functionCall),
  ...nested('custom.', { name: 'identifier', input: 'text' }),
});

const contentPart = {
  type: 'keyword',
  text: 'text',
  refusal: 'text',
  image_url: 'media',
  'image_url.url': 'media',
  'image_url.detail': 'structural',
  'input_audio.data': 'media',
  'input_audio.format': 'structural',
  'file.file_data': 'media',
  'file.file_id': 'structural',
  'file.filename': 'text',
} as const;

/** What a provider reads again of its own: the signature of thoughts, or all of them, encrypted. */
const signedThoughts = {
  'reasoning_details[].signature': 'media',
  'reasoning_details[].data': 'media',
  'thinking_blocks[].signature': 'media',
  'thinking_blocks[].data': 'media',
} as const;

/** Of each string that a chat request's contract knows, what it is. A test fails when the contract knows more. */
export const requestFields: Readonly<Record<string, FieldKind>> = {
  model: 'structural',
  ...nested('messages[].', {
    role: 'structural',
    content: 'text',
    ...nested('content[].', contentPart),
    name: 'identifier',
    refusal: 'text',
    reasoning_content: 'text',
    ...signedThoughts,
    'audio.id': 'structural',
    tool_call_id: 'structural',
    ...nested('tool_calls[].', toolCall),
    ...nested('function_call.', functionCall),
  }),
  stop: 'text',
  'stop[]': 'text',
  ...nested('tools[].', {
    type: 'keyword',
    'function.name': 'identifier',
    'function.description': 'text',
    'function.parameters': 'text',
    'custom.name': 'identifier',
  }),
  tool_choice: 'keyword',
  'tool_choice.type': 'keyword',
  'tool_choice.function.name': 'identifier',
  'tool_choice.custom.name': 'identifier',
  'response_format.type': 'keyword',
  'response_format.json_schema.name': 'identifier',
  'response_format.json_schema.description': 'text',
  'response_format.json_schema.schema': 'text',
  reasoning_effort: 'keyword',
  'modalities[]': 'keyword',
  'audio.voice': 'structural',
  'audio.voice.id': 'structural',
  'audio.format': 'structural',
  'prediction.type': 'keyword',
  logit_bias: 'text',
  'logit_bias[]': 'text',
  service_tier: 'keyword',
  prompt_cache_retention: 'structural',
  metadata: 'text',
  user: 'end_user',
  safety_identifier: 'end_user',
  prompt_cache_key: 'end_user',
};

const answer = {
  id: 'structural',
  object: 'structural',
  model: 'structural',
  service_tier: 'structural',
  system_fingerprint: 'structural',
} as const;

/** Alternatives of tokens, which are of no use without what they are alternatives to. */
const logprobs = {
  'logprobs.content[].token': 'structural',
  'logprobs.content[].top_logprobs[].token': 'structural',
  'logprobs.refusal[].token': 'structural',
  'logprobs.refusal[].top_logprobs[].token': 'structural',
} as const;

const said = {
  role: 'structural',
  content: 'text',
  refusal: 'text',
  reasoning_content: 'text',
  ...signedThoughts,
  'audio.id': 'structural',
  'audio.data': 'media',
  'audio.transcript': 'text',
  ...nested('tool_calls[].', toolCall),
  ...nested('function_call.', functionCall),
} as const;

/** The same of a whole answer. */
export const completionFields: Readonly<Record<string, FieldKind>> = {
  ...answer,
  'choices[].finish_reason': 'structural',
  ...nested('choices[].message.', { ...said, 'annotations[]': 'text' }),
  ...nested('choices[].', logprobs),
};

/** The same of a chunk of a streamed answer. */
export const chunkFields: Readonly<Record<string, FieldKind>> = {
  ...answer,
  'choices[].finish_reason': 'structural',
  ...nested('choices[].delta.', said),
  ...nested('choices[].', logprobs),
};

function nested(prefix: string, fields: Readonly<Record<string, FieldKind>>): Record<string, FieldKind> {
  return Object.fromEntries(Object.entries(fields).map(([path, kind]) => [prefix + path, kind]));
}

interface MutableField extends Field<FieldKind> {
  kind?: FieldKind;
  readonly fields: Map<string, MutableField>;
}

/** The tree of the fields that paths such as `messages[].content` name. */
export function fieldTree(kinds: Readonly<Record<string, FieldKind>>): Field<FieldKind> {
  const root: MutableField = { fields: new Map() };
  for (const [path, kind] of Object.entries(kinds)) {
    let field = root;
    for (const name of path.replaceAll(element, `.${element}`).split('.')) {
      const known = field.fields.get(name) ?? { fields: new Map<string, MutableField>() };
      field.fields.set(name, known);
      field = known;
    }
    field.kind = kind;
  }
  return root;
}

export const fieldTrees = {
  request: fieldTree(requestFields),
  completion: fieldTree(completionFields),
  chunk: fieldTree(chunkFields),
};
