import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const classSchema = z.object({
  class: z.union([z.string(), z.number()]).transform(String),
  kind: z.string(),
  questions: z.array(z.string()),
});

/** Questions of one class have the same answer. */
export interface QuestionClass {
  readonly name: string;
  readonly questions: readonly string[];
}

export interface DataSet {
  /** The file's, without its ending: `en-questions`. */
  readonly name: string;
  readonly language: 'en' | 'vi';
  /** Classes of intents are coarser than "the same answer": their figures stand apart from those of the language. */
  readonly isCoarse: boolean;
  readonly classes: readonly QuestionClass[];
}

/** More phrasings of one class would count a few questions over and over. */
const maxPhrasings = 8;

/** All files of classes in the folder. */
export function readDataSets(folder: string): DataSet[] {
  return readdirSync(folder)
    .filter((file) => /^(?:en|vi)-.*-classes\.jsonl$/u.test(file))
    .sort()
    .map((file) => {
      const classes = readLines(join(folder, file)).map((line) => classSchema.parse(line));
      const name = file.replace('-classes.jsonl', '');
      return {
        name,
        language: file.startsWith('vi') ? 'vi' : 'en',
        isCoarse: name.includes('intents') || classes.every(({ kind }) => kind === 'intent'),
        classes: classes.map((row) => ({
          name: row.class,
          questions: [...new Set(row.questions)].slice(0, maxPhrasings),
        })),
      };
    });
}

const translationSchema = z.object({ en: z.string(), vi: z.string() });

/** The same question in two languages, each with an answer of its own. */
export function readTranslations(folder: string): z.output<typeof translationSchema>[] {
  return readdirSync(folder)
    .filter((file) => file.startsWith('xquad') && file.endsWith('.jsonl'))
    .flatMap((file) => readLines(join(folder, file)).map((line) => translationSchema.parse(line)));
}

function readLines(file: string): unknown[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as unknown);
}
