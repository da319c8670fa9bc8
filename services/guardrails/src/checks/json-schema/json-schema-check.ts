import type { Check } from '@weir/contracts/guardrails/policy';
import type { CheckContext, Finding, WholeCheck } from '../../domain/check.ts';
import { baseOf } from '../check-base.ts';
import { type CheckDependencies, InvalidCheck } from '../check-dependencies.ts';
import { spokenTexts } from '../judged-texts.ts';
import { compileSchema, isTimeout, judgeBySchema, type SchemaProblem } from './compile-schema.ts';

type JsonSchemaCheck = Check & { readonly type: 'json_schema' };

/** In UTF-16 units and milliseconds. What is longer, or takes longer, is judged in a thread of its own. */
const [maxQuickLength, quickMs] = [32_768, 20];

/** Whether each content of an answer is JSON that the schema allows, with or without Markdown's fence around it. */
export function createJsonSchemaCheck(
  { schema, ...check }: JsonSchemaCheck,
  { judgeJson }: Pick<CheckDependencies, 'judgeJson'>,
): WholeCheck {
  const judge = judgeBySchema(compiled(schema));
  const schemaJson = JSON.stringify(schema);
  const problemOf = async (text: string, { signal }: CheckContext): Promise<SchemaProblem> => {
    try {
      if (text.length <= maxQuickLength) return judge(text, { timeoutMs: quickMs });
    } catch (thrown) {
      if (!isTimeout(thrown)) throw thrown;
    }
    return judgeJson({ schema: schemaJson, text }, signal);
  };
  return {
    ...baseOf({ schema, ...check }),
    kind: 'whole',
    isSlow: false,
    unit: 'answer',
    async check(texts, context) {
      const findings: Finding[] = [];
      for (const { index, text } of await spokenTexts(texts, context)) {
        const rule = await problemOf(text, context);
        if (rule !== undefined) findings.push({ text: index, rule, score: 1, action: check.action });
        await context.yieldTurn();
      }
      return findings;
    },
  };
}

function compiled(schema: JsonSchemaCheck['schema']): (value: unknown) => boolean {
  try {
    return compileSchema(schema);
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new InvalidCheck('schema', `is no JSON schema that can be compiled: ${reason}`);
  }
}
