import type { CacheOrder } from '@weir/contracts/cache/order';
import type { Message } from '@weir/contracts/chat/message';
import type { ChatRequest } from '@weir/contracts/chat/request';
import { findPersonalData } from '@weir/pii/find-personal-data';
import { normalised } from '@weir/service-kit/normalised-text';

/** About 512 tokens, by the three characters that one has in Vietnamese. */
const maxLength = 1_536;

/** A letter of Vietnamese with its marks is up to three characters, and there may be white space around what is asked. */
const longestForm = 4;

/** Fields of a request that make its answer another thing than text about what is asked. */
const otherwise = ['tools', 'functions', 'audio', 'web_search_options', 'logprobs', 'prediction'] as const;

/** Answers to these depend on when they are asked. Without diacritics, as many type. */
const timeWords = new RegExp(
  `(?<![\\p{L}\\p{N}])(?:${[
    'today|tonight|tomorrow|yesterday|now|currently|current|latest|newest|recent|recently|nowadays|so far|as of',
    'at the moment|these days|up to date|(?:this|last|next|past) (?:hour|morning|afternoon|evening|night|week|weekend|month|quarter|year)',
    "what (?:time|day|date|month|year) is it|what(?:['’]?s| is) the (?:time|date)(?= in|\\W*$)",
    '(?:thu|ngay|thang|nam) may roi|hom (?:nay|qua|kia)|ngay mai|bay gio|luc nay|hien (?:nay|tai|gio)|moi nhat|gan day|vua (?:qua|roi|xong)|sap toi',
    '(?:sang|trua|chieu|toi|dem|tuan|thang|quy|nam|thoi gian) (?:nay|qua|truoc|sau|toi)|may gio roi|cap nhat',
  ].join('|')})(?![\\p{L}\\p{N}])`,
  'u',
);

const records = [
  'accounts?|orders?|balances?|bookings?|reservations?|subscriptions?|invoices?|bills?|shipments?|packages?|deliver(?:y|ies)',
  'statements?|transactions?|appointments?|profiles?|applications?|claims?|tickets?|salar(?:y|ies)|contracts?|loans?|history',
].join('|');
const vietnameseRecords = [
  'tai khoan|don hang|so du|dat cho|dat phong|hoa don|goi hang|kien hang|sao ke|giao dich|lich hen|ho so|don|ve|luong|hop dong|khoan vay|lich su',
].join('|');

/** Answers to these depend on who asks. */
const ownRecords = new RegExp(
  `(?<![\\p{L}\\p{N}])(?:(?:my|our) (?:[\\p{L}]+ )?(?:${records})|(?:${vietnameseRecords}) (?:[\\p{L}]+ )?(?:cua )?(?:toi|minh|em|anh|chi|to|chau|con|chung toi))(?![\\p{L}\\p{N}])`,
  'u',
);

/** What guardrails put in the place of a value: what is asked is then about something that is not there. */
const placeholder = /\[[A-Z][A-Z0-9_]*\]/;

/** What a request asks, where the answer to a question that means the same would serve it; else nothing. */
export function questionOf(chat: ChatRequest, { maxTemperature }: CacheOrder): string | undefined {
  const last = chat.messages.at(-1);
  if (last?.role !== 'user' || !isPlain(chat, maxTemperature) || !chat.messages.every(isText))
    return undefined;
  const said = textOf(last.content);
  if (said.length > longestForm * maxLength) return undefined;
  const question = normalised(said, 'NFC').trim();
  if (question === '' || question.length > maxLength || placeholder.test(question)) return undefined;
  const bare = bareOf(question);
  if (timeWords.test(bare) || ownRecords.test(bare)) return undefined;
  return findPersonalData(question, { level: 'balanced' }).length > 0 ? undefined : question;
}

function isPlain(chat: ChatRequest, maxTemperature: number): boolean {
  if ((chat.n ?? 1) !== 1 || (chat.temperature ?? 1) > maxTemperature) return false;
  if (chat.modalities?.some((modality) => modality !== 'text')) return false;
  return otherwise.every((name) => {
    const value: unknown = chat[name];
    return !value || (Array.isArray(value) && value.length === 0);
  });
}

function isText(message: Message): boolean {
  if (message.role === 'tool' || message.role === 'function') return false;
  if (message.role === 'assistant' && (message.tool_calls?.length ?? 0) > 0) return false;
  const { content } = message;
  return !Array.isArray(content) || content.every(({ type }) => type === 'text');
}

function textOf(content: string | readonly object[]): string {
  if (typeof content === 'string') return content;
  return content.map((part) => ('text' in part ? String(part.text) : '')).join('\n');
}

/** In lower case, without diacritics, and without what is not seen. */
function bareOf(text: string): string {
  const letters = normalised(text, 'NFKD')
    .toLowerCase()
    .replaceAll(/[\p{M}\p{Cf}]/gu, '')
    .replaceAll('đ', 'd');
  return letters.replaceAll(/\s+/g, ' ');
}
