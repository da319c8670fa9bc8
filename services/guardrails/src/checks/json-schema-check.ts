import { createContext, Script } from 'node:vm';
import type { Check } from '@weir/contracts/guardrails/policy';
import { Ajv2020, type Options } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { RE2JS } from 're2js';
import type { Finding, WholeCheck } from '../domain/check.ts';
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
        const json = parse(text);
        await context.yieldTurn();
        if (json && validate(json.value)) continue;
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

function compile(schema: JsonSchemaCheck['schema']): (value: unknown) => boolean {
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

/** Of a schema, or an answer, that takes longer no judgement is known: there are some that would take for ever. */
const timeoutMs = 200;
const judge = new Script('validate(value)');

/** The same function, which throws where it takes too long. Nobody else has his turn until then. */
function withinTime(validate: (value: unknown) => boolean): (value: unknown) => boolean {
  const call = { validate, value: undefined as unknown };
  const context = createContext(call);
  return (value) => {
    call.value = value;
    try {
      return judge.runInContext(context, { timeout: timeoutMs }) === true;
    } finally {
      call.value = undefined;
    }
  };
}

const fence = /^\s*```(?:json)?[ \t]*\n([\s\S]*?)\n?```\s*$/i;

function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(fence.exec(text)?.[1] ?? text) as unknown };
  } catch {
    return undefined;
  }
}
