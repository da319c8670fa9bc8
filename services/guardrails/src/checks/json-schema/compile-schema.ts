import { createContext, Script } from 'node:vm';
import { answerJsonLimits } from '@weir/contracts/limits';
import { checkJsonLimits, parseMeasuredJson } from '@weir/service-kit/bounded-json';
import { Ajv2020, type Options } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { RE2JS } from 're2js';

/** A schema's patterns are matched in linear time, as all that a tenant writes. */
const linearRegExp = Object.assign((pattern: string) => RE2JS.compile(RE2JS.translateRegExp(pattern)), {
  code: 'linearRegExp',
});

const options: Options = { strict: false, validateFormats: true, code: { regExp: linearRegExp } };

/** Throws where it is no schema that can be compiled. */
export function compileSchema(schema: object): (value: unknown) => boolean {
  const ajv = new Ajv2020(options);
  addFormats.default(ajv);
  // Draft 7 says so in `$schema`, and is read as the newest, which allows all that it does.
  const rest = Object.entries(schema).filter(([key]) => key !== '$schema');
  return ajv.compile(Object.fromEntries(rest));
}

/** What is wrong with a text: undefined where the schema allows it. */
export type SchemaProblem = 'not_json' | 'schema_mismatch' | undefined;

const judge = new Script('validate(value)');

/** Judges JSON texts. Throws where that takes longer than it may: there are schemas, and answers, for which it takes for ever. */
export function judgeBySchema(validate: (value: unknown) => boolean) {
  const call = { validate, value: undefined as unknown };
  const context = createContext(call);
  return (text: string, { timeoutMs }: { readonly timeoutMs: number }): SchemaProblem => {
    const json = parse(text);
    if (!json) return 'not_json';
    call.value = json.value;
    try {
      const isAllowed = judge.runInContext(context, { timeout: timeoutMs }) === true;
      return isAllowed ? undefined : 'schema_mismatch';
    } finally {
      call.value = undefined;
    }
  };
}

/** Whether it is the time alone that was too short. The error may be of another realm than this one's. */
export const isTimeout = (thrown: unknown) =>
  typeof thrown === 'object' &&
  thrown !== null &&
  'code' in thrown &&
  thrown.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';

const fence = /^\s*```(?:json)?[ \t]*\n([\s\S]*?)\n?```\s*$/i;

/** Throws where it holds more than an answer may. */
function parse(text: string): { readonly value: unknown } | undefined {
  checkJsonLimits(text, answerJsonLimits);
  try {
    // A schema asks for numbers, and knows of none whose digits are kept.
    return { value: parseMeasuredJson(fence.exec(text)?.[1] ?? text) };
  } catch {
    return undefined;
  }
}
