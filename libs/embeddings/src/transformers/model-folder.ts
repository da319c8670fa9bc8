import { existsSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';

export const defaultModel = 'multilingual-e5-small';

/** Of the layout of transformers.js, what is read of it. */
export const modelFiles = ['onnx/model_quantized.onnx', 'tokenizer.json', 'tokenizer_config.json'] as const;

/** An absolute path, or one that begins with a dot, is the folder; any other name is looked for below `models` in the state folder. */
export function modelFolderOf(model: string, stateDir: string): string {
  return isAbsolute(model) || model.startsWith('.')
    ? resolve(model)
    : join(resolve(stateDir), 'models', model);
}

/** Undefined where the folder has all files. */
export function missingModelFile(folder: string): string | undefined {
  return modelFiles.find((file) => !existsSync(join(folder, file)));
}
