import type { FinishReason } from '@weir/contracts/chat/completion';
import type { OtherKind } from '@weir/contracts/chat/open-union';
import type { ReasoningEffort } from '@weir/contracts/chat/request';
import type { ChatUsage } from '@weir/contracts/chat/usage';
import type { ChatCompletion } from 'openai/resources/chat/completions';
import type { CompletionUsage } from 'openai/resources/completions';
import type { ReasoningEffort as OpenAIEffort } from 'openai/resources/shared';
import { expectTypeOf, test } from 'vitest';

/** The type check fails where an update of OpenAI's SDK brings a word or a number that we would not read. */
test("the contract knows OpenAI's own words", () => {
  expectTypeOf<ChatCompletion.Choice['finish_reason']>().toEqualTypeOf<FinishReason>();
  expectTypeOf<NonNullable<OpenAIEffort>>().toEqualTypeOf<Exclude<ReasoningEffort, OtherKind>>();
  expectTypeOf<CompletionUsage>().toExtend<
    Pick<ChatUsage, 'prompt_tokens' | 'completion_tokens' | 'total_tokens'>
  >();
});
