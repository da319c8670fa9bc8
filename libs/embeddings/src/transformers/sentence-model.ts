import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parseOwnJson } from '@weir/service-kit/bounded-json';
import * as tokenizers from '@huggingface/tokenizers';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { normalize } from '../normalize.ts';
import { modelFiles } from './model-folder.ts';

/** Texts are cut here: what XLM-RoBERTa and its kind were trained with. */
const maxTokens = 512;

/** A sentence encoder as transformers.js has it: its tokenizer, and its ONNX graph with weights of 8 bits. */
export interface SentenceModel {
  /** Of the weights: the same for the same file. */
  readonly version: string;
  tokensOf(text: string): number[];
  /** One text at a time: the scale of the 8 bits is taken from all that is in a batch, so that a text's vector would depend on its company. */
  embed(tokens: readonly number[]): Promise<Float32Array>;
}

/** Its own types are for bundlers: Node's resolution does not find their parts. */
const { Tokenizer } = tokenizers as unknown as {
  Tokenizer: new (tokenizer: object, config: object) => { encode(text: string): { ids: number[] } };
};

export async function loadSentenceModel(folder: string): Promise<SentenceModel> {
  const [weights, ...tokenizerFiles] = modelFiles.map((file) => join(folder, file)) as [string, ...string[]];
  const [tokenizerJson, configJson] = await Promise.all(tokenizerFiles.map(readJson));
  const tokenizer = new Tokenizer(tokenizerJson ?? {}, configJson ?? {});
  // Without an arena the memory of a long text is given back.
  const options = { intraOpNumThreads: 1, interOpNumThreads: 1, enableCpuMemArena: false };
  const session = await InferenceSession.create(weights, options);
  const [outputName = ''] = session.outputNames;
  return {
    version: (await digestOf(weights)).slice(0, 12),
    tokensOf: (text) => cut(tokenizer.encode(text).ids),
    async embed(tokens) {
      const tensorOf = (values: BigInt64Array) => new Tensor('int64', values, [1, tokens.length]);
      const inputs: Record<string, Tensor> = {
        input_ids: tensorOf(BigInt64Array.from(tokens, BigInt)),
        attention_mask: tensorOf(new BigInt64Array(tokens.length).fill(1n)),
        token_type_ids: tensorOf(new BigInt64Array(tokens.length)),
      };
      const asked = Object.fromEntries(session.inputNames.map((name) => [name, inputs[name]]));
      const output = (await session.run(asked as Record<string, Tensor>))[outputName];
      return normalize(meanOf(output, tokens.length));
    },
  };
}

/** The last token says that the text ends. */
function cut(tokens: number[]): number[] {
  return tokens.length <= maxTokens ? tokens : [...tokens.slice(0, maxTokens - 1), ...tokens.slice(-1)];
}

/** The mean of all tokens' vectors, which lie one after the other. */
function meanOf(output: Tensor | undefined, tokens: number): Float32Array {
  const data = output?.data;
  const [, , dimensions = 0] = output?.dims ?? [];
  if (!(data instanceof Float32Array) || data.length !== tokens * dimensions)
    throw new Error('the model does not give a vector for each token');
  const sum = new Float32Array(dimensions);
  for (let index = 0; index < data.length; index += 1) {
    const place = index % dimensions;
    sum[place] = (sum[place] ?? 0) + (data[index] ?? 0);
  }
  return sum;
}

const readJson = async (file: string) => parseOwnJson(await readFile(file, 'utf8')) as object;

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
