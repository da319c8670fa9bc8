import type { Entity } from '@weir/contracts/guardrails/entities';

/** `{v}` is where the value stands. */
export interface Sentence {
  readonly language: 'vi' | 'en';
  readonly text: string;
}

const sentences = (language: 'vi' | 'en', ...texts: string[]): Sentence[] =>
  texts.map((text) => ({ language, text }));

/** Nothing in them says what the value is. */
export const neutral: readonly Sentence[] = [
  ...sentences(
    'vi',
    '{v}',
    'Xin chào, {v} nhé.',
    'Bạn kiểm tra giúp mình {v} với ạ',
    'Ghi lại ({v}) giúp em!',
    'Của khách: {v}\nCảm ơn bạn.',
    'Chị Hoa gửi «{v}», xong chưa?',
  ),
  ...sentences(
    'en',
    'Please check {v} for me.',
    'See "{v}", thanks',
    '{"value":"{v}","ok":true}',
    '| Anna | {v} | open |',
    'x={v}&page=2',
    "it's {v}; reply soon",
  ),
];

const shapes = {
  vi: [
    '{n}: {v}',
    '{n} {v}',
    '{n} của tôi là {v}, cảm ơn.',
    'Khách hàng có {n} là {v} nhé',
    '- {n}: {v}\n- Ghi chú: không',
  ],
  en: [
    '{n}: {v}',
    '{n} {v}',
    'My {n} is {v}, thanks.',
    'The customer gave {n} {v} yesterday',
    '{"{n}": "{v}"}',
  ],
};

const names: Readonly<Record<Entity, { vi: readonly string[]; en: readonly string[] }>> = {
  email: { vi: ['email', 'thư điện tử'], en: ['email', 'mail address'] },
  phone: {
    vi: ['SĐT', 'số điện thoại', 'ĐT', 'Zalo', 'hotline', 'di động', 'liên hệ'],
    en: ['phone', 'mobile', 'phone number'],
  },
  cccd: {
    vi: ['CCCD', 'căn cước', 'căn cước công dân', 'số định danh', 'mã định danh', 'giấy tờ tùy thân'],
    en: ['ID card', 'national ID', 'citizen ID'],
  },
  cmnd: { vi: ['CMND', 'chứng minh nhân dân', 'chứng minh'], en: ['ID card', 'national ID', 'citizen ID'] },
  mst: { vi: ['MST', 'mã số thuế'], en: ['tax code', 'tax ID'] },
  bhxh: {
    vi: ['BHXH', 'mã số BHXH', 'số bảo hiểm', 'số bảo hiểm xã hội'],
    en: ['social insurance', 'social insurance number'],
  },
  bhyt: { vi: ['BHYT', 'mã thẻ', 'thẻ bảo hiểm y tế'], en: ['health insurance', 'health insurance card'] },
  passport: { vi: ['hộ chiếu', 'số hộ chiếu'], en: ['passport', 'passport number'] },
  driving_licence: { vi: ['GPLX', 'bằng lái', 'bằng lái xe'], en: ['driving licence', "driver's license"] },
  plate: { vi: ['biển số', 'biển số xe'], en: ['plate', 'license plate'] },
  bank_account: {
    vi: ['STK', 'số tài khoản', 'chuyển khoản'],
    en: ['account', 'bank account', 'account number'],
  },
  bank_card: { vi: ['số thẻ', 'thẻ'], en: ['card', 'card number'] },
  iban: { vi: ['IBAN'], en: ['IBAN'] },
  us_ssn: { vi: ['số SSN'], en: ['SSN', 'social security number'] },
  ip_address: { vi: ['địa chỉ IP', 'máy chủ'], en: ['IP address', 'server', 'host'] },
  secret: { vi: ['khóa API', 'token'], en: ['API key', 'token'] },
  date_of_birth: { vi: ['ngày sinh', 'sinh ngày'], en: ['DOB', 'date of birth'] },
  address: { vi: ['địa chỉ', 'thường trú', 'tạm trú'], en: ['address', 'home address'] },
  person_name: { vi: ['họ tên', 'họ và tên'], en: ['name', 'full name'] },
};

/** Those that name what the value is. */
export function naming(entity: Entity): Sentence[] {
  return (['vi', 'en'] as const).flatMap((language) =>
    names[entity][language].flatMap((name) =>
      shapes[language].map((shape) => ({ language, text: shape.replaceAll('{n}', name) })),
    ),
  );
}
