import type { Check } from '@weir/contracts/guardrails/policy';
import type { AnyCheck } from '../domain/check.ts';
import { createBlocklistCheck } from './blocklist/blocklist-check.ts';
import type { CheckDependencies } from './check-dependencies.ts';
import { createCountCheck } from './count-check.ts';
import { createPromptInjectionCheck } from './injection/prompt-injection-check.ts';
import { createJsonSchemaCheck } from './json-schema/json-schema-check.ts';
import { createLanguageCheck } from './language-check.ts';
import { createLengthCheck } from './length-check.ts';
import { createLinksCheck } from './links-check.ts';
import { createModerationCheck } from './moderation/moderation-check.ts';
import { createPiiCheck } from './pii-check.ts';
import { createRegexCheck } from './regex-check.ts';
import { createRequestTypesCheck } from './request-types-check.ts';
import { createWebhookCheck } from './webhook-check.ts';
import { createWordsCheck } from './words-check.ts';

/**
 * A check of a policy, ready to run. It is made once for each revision of a policy: patterns, lists and schemas are compiled here.
 * Its `api_key` and `secret` have to be decrypted. Throws InvalidCheck.
 */
export function createCheck(check: Check, dependencies: CheckDependencies): AnyCheck {
  switch (check.type) {
    case 'pii':
      return createPiiCheck(check);
    case 'blocklist':
      return createBlocklistCheck(check);
    case 'regex':
      return createRegexCheck(check);
    case 'prompt_injection':
      return createPromptInjectionCheck(check);
    case 'moderation':
      return createModerationCheck(check, dependencies);
    case 'webhook':
      return createWebhookCheck(check, dependencies);
    case 'json_schema':
      return createJsonSchemaCheck(check, dependencies);
    case 'words':
      return createWordsCheck(check);
    case 'language':
      return createLanguageCheck(check);
    case 'length':
      return createLengthCheck(check);
    case 'links':
      return createLinksCheck(check);
    case 'count':
      return createCountCheck(check);
    case 'request_types':
      return createRequestTypesCheck(check);
  }
}
