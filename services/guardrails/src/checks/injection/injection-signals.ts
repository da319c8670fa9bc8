export type InjectionRule =
  'override' | 'jailbreak' | 'prompt_leak' | 'exfiltration' | 'concealment' | 'delimiter';

export interface InjectionSignal {
  readonly rule: InjectionRule;
  /** How sure one may be by this signal alone, from 0 to 1. */
  readonly weight: number;
  /** Searched for from its `lastIndex` on. On folded text: words of small letters without marks, with one space between them. */
  readonly pattern: RegExp;
}

const words = (most: number) => `(?:[a-z0-9]+ ){0,${most}}`;
const signal = (rule: InjectionRule, weight: number, pattern: string): InjectionSignal => ({
  rule,
  weight,
  pattern: new RegExp(`\\b(?:${pattern})\\b`, 'g'),
});

const instructions =
  '(?:instructions?|prompts?|rules|directions?|guidelines|commands?|directives?|restrictions|programming|safety policies)';
const viInstructions =
  '(?:huong dan|chi dan|chi thi|menh lenh|cau lenh|lenh|quy tac|quy dinh|yeu cau|prompt|loi nhac|luat le|gioi han|rang buoc)';
/** Who forgets or ignores something is told about, and nobody is told to. */
const isOrder = '(?<!\\b(?:toi|minh|em|anh|chi|ho|no|lo|da|bi|i|we|they|people|users|who) )';
const hiddenPrompt =
  '(?:system|initial|original|hidden|secret|developer|internal) (?:prompts?|instructions?|messages?)';
const viHiddenPrompt = `(?:system prompt|prompt he thong|(?:loi nhac|huong dan|chi thi|chi dan|cau lenh) (?:he thong|goc|ban dau|bi mat|noi bo))`;

/** What texts say that want to take the place of the instructions, in English and Vietnamese. */
export const injectionSignals: readonly InjectionSignal[] = [
  signal(
    'override',
    0.75,
    `${isOrder}(?:ignore|disregard|forget|override|bypass|do not follow|stop following) ${words(4)}` +
      `(?:previous|prior|above|earlier|preceding|all|your|any|system|original|initial) ${words(3)}${instructions}`,
  ),
  signal(
    'override',
    0.7,
    `${isOrder}(?:ignore|disregard|forget) (?:everything|anything|all) ${words(3)}(?:above|before|told|said|previously)`,
  ),
  signal(
    'override',
    0.75,
    `${isOrder}(?:bo qua|quen|phot lo|lam ngo|dung (?:tuan theo|lam theo|nghe theo)|xoa bo|huy bo|vo hieu hoa) ${words(4)}` +
      `${viInstructions} ${words(2)}(?:truoc|tren|ban dau|he thong|da cho|da dua|cua ban|an toan)`,
  ),
  signal(
    'override',
    0.7,
    `${isOrder}(?:bo qua|quen|phot lo) (?:tat ca|moi|het|toan bo) ${words(3)}${viInstructions}`,
  ),
  signal(
    'override',
    0.4,
    '(?:new|updated) (?:system )?instructions? (?:from|follow|are|is)|(?:chi thi|huong dan) (?:moi|cap nhat) (?:tu|cua) he thong',
  ),
  signal(
    'jailbreak',
    0.75,
    'do anything now|(?:you are|act as|pretend to be|become|roleplay as) (?:now )?(?:called )?(?:dan|stan|an? (?:unrestricted|unfiltered|uncensored|jailbroken|amoral))',
  ),
  signal(
    'jailbreak',
    0.7,
    `(?:developer|debug|god|jailbreak|dan) mode ${words(2)}(?:enabled|activated|unlocked|on)|(?:enable|activate|enter|unlock) ${words(1)}(?:developer|god|jailbreak|dan) mode ${words(4)}(?:you|your|restrictions|rules|filters)`,
  ),
  signal(
    'jailbreak',
    0.65,
    `you (?:have|are|can) ${words(3)}(?:no|without|free from|not bound by|unbound by) ${words(2)}(?:restrictions|filters|ethical guidelines|content policy|safety guidelines)`,
  ),
  signal(
    'jailbreak',
    0.65,
    `(?:pretend|imagine|act as if) ${words(3)}(?:you|your) ${words(4)}(?:no|any|without) (?:restrictions|rules|filters|guidelines|limits)`,
  ),
  signal(
    'jailbreak',
    0.7,
    `(?:ban|may|hay) ${words(4)}(?:la|dong vai|tro thanh|gia vo|vao vai) ${words(6)}khong (?:co |bi |con |chiu )?(?:bat ky )?(?:gioi han|kiem duyet|rang buoc|quy tac|bo loc)`,
  ),
  signal(
    'jailbreak',
    0.7,
    `(?:bat|kich hoat|mo khoa|chuyen sang) che do (?:nha phat trien|developer|dan|jailbreak|khong gioi han|khong kiem duyet)|(?:ban|may) (?:bay gio |se |gio )?la dan`,
  ),
  signal(
    'prompt_leak',
    0.65,
    `(?:reveal|show|print|repeat|output|display|tell|give|leak|expose|share|write) ${words(4)}(?:your|me the|the exact|the full|the entire) ${words(2)}${hiddenPrompt}`,
  ),
  signal(
    'prompt_leak',
    0.65,
    `(?:what|how) (?:is|are|was|were|does) (?:your|the exact) ${words(2)}${hiddenPrompt}`,
  ),
  signal(
    'prompt_leak',
    0.65,
    `(?:repeat|print|output|copy) ${words(3)}(?:everything|all|words|text) ${words(2)}above`,
  ),
  signal(
    'prompt_leak',
    0.65,
    `(?:tiet lo|cho (?:toi|minh|tao) (?:xem|biet)|in ra|lap lai|hien thi|nhac lai|viet lai|dua ra|dua cho|trich xuat|sao chep|doc) ${words(6)}${viHiddenPrompt}`,
  ),
  signal(
    'exfiltration',
    0.65,
    `(?:send|forward|post|upload|email|exfiltrate|transmit) ${words(6)}(?:conversation|chat history|api keys?|passwords?|credentials|system prompt|private data|user data) ${words(4)}to (?:https?|www|the (?:url|address|following)|this (?:url|address)|[a-z0-9]+ (?:com|net|org|io))`,
  ),
  signal(
    'exfiltration',
    0.65,
    `(?:gui|chuyen|tai len|dang) ${words(6)}(?:cuoc tro chuyen|lich su (?:chat|tro chuyen)|mat khau|khoa api|api key|thong tin (?:nguoi dung|khach hang)) ${words(4)}(?:den|toi|cho|ve|len|qua) (?:https?|www|dia chi|link|duong dan|email)`,
  ),
  signal(
    'concealment',
    0.5,
    '(?:do not|don t|never) (?:tell|inform|mention (?:this|it) to|reveal (?:this|it) to|let) (?:the )?(?:user|human)|without (?:telling|informing) the (?:user|human)',
  ),
  signal(
    'concealment',
    0.5,
    '(?:dung|khong duoc) (?:noi|cho|tiet lo|bao|thong bao|de) (?:\\w+ ){0,3}nguoi dung (?:biet|hay)',
  ),
];

/** Marks of the templates in which models are given their messages: whoever writes them wants to be read as another. On the text as it is, in linear time. */
export const templateMarks =
  /<\|(?:im_start|im_end|system|endoftext|eot_id|start_header_id)\|>|\[\/?INST\]|<<\/?SYS>>|^[^\S\r\n\u2028\u2029]*#{2,3}\s*(?:system|instructions?|hệ thống)\s*:/im;
export const templateWeight = 0.5;
