import { createContext, Script } from 'node:vm';
import type { Check } from '@weir/contracts/guardrails/policy';
import { answerJsonLimits } from '@weir/contracts/limits';
import { checkJsonLimits } from '@weir/service-kit/bounded-json';
import { Ajv2020, type Options } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { RE2JS } from 're2js';
import type { CheckContext, Finding, WholeCheck } from '../domain/check.ts';
import { baseOf } from './check-base.ts';
import { InvalidCheck } from './check-dependencies.ts';
import { spokenTexts } from './judged-texts.ts';

type JsonSchemaCheck = Check & { readonly type: 'json_schema' };

/** Whether each content of an answer is JSON that the schema allows, with or without Markdown's fence around it. */
export function createJsonSchemaCheck(check: JsonSchemaCheck): WholeCheck {
  const validate = compile(check.schema);
  return {
    ...baseOf(check),
    kind: 'whole',
    isSlow: false,
    unit: 'answer',
    async check(texts, context) {
      const findings: Finding[] = [];
      for (const { index, text } of await spokenTexts(texts, context)) {
        // What holds more than an answer may is not judged.
        checkJsonLimits(text, answerJsonLimits);
        await context.yieldTurn();
        const json = parse(text);
        await context.yieldTurn();
        if (json && (await validate(json.value, context))) continue;
        const rule = json ? 'schema_mismatch' : 'not_json';
        findings.push({ text: index, rule, score: 1, action: check.action });
      }
      return findings;
    },
  };
}

/** A schema's patterns are matched in linear time, as all that a tenant writes. */
const linearRegExp = Object.assign((pattern: string) => RE2JS.compile(RE2JS.translateRegExp(pattern)), {
  code: 'linearRegExp',
});

const options: Options = { strict: false, validateFormats: true, code: { regExp: linearRegExp } };

type Validate = (value: unknown, context: Pick<CheckContext, 'yieldTurn'>) => Promise<boolean>;

function compile(schema: JsonSchemaCheck['schema']): Validate {
  try {
    const ajv = new Ajv2020(options);
    addFormats.default(ajv);
    // Draft 7 says so in `$schema`, and is read as the newest, which allows all that it does.
    const rest = Object.entries(schema).filter(([key]) => key !== '$schema');
    return withinTime(ajv.compile(Object.fromEntries(rest)));
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new InvalidCheck('schema', `is no JSON schema that can be compiled: ${reason}`);
  }
}

/** Nobody else has his turn until then. Of a schema, or an answer, that takes longer no judgement is known: there are some that would take for ever. */
const timeoutMs = 40;
/** The time is the clock's, and may have gone by while another process had the processor. */
const tries = 3;
const judge = new Script('validate(value)');

/** The same function, which throws where it takes too long. */
function withinTime(validate: (value: unknown) => boolean): Validate {
  const call = { validate, value: undefined as unknown };
  const context = createContext(call);
  const run = (value: unknown) => {
    call.value = value;
    try {
      return judge.runInContext(context, { timeout: timeoutMs }) === true;
    } finally {
      call.value = undefined;
    }
  };
  return async (value, { yieldTurn }) => {
    for (let left = tries - 1; ; left--) {
      try {
        return run(value);
      } catch (thrown) {
        if (left === 0 || !isTimeout(thrown)) throw thrown;
        await yieldTurn();
      }
    }
  };
}

const isTimeout = (thrown: unknown) =>
  thrown instanceof Error && 'code' in thrown && thrown.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';

const fence = /^\s*```(?:json)?[ \t]*\n([\s\S]*?)\n?```\s*$/i;

function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(fence.exec(text)?.[1] ?? text) as unknown };
  } catch {
    return undefined;
  }
}
