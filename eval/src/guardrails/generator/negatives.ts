import type { Random } from './random.ts';

type Template = (random: Random) => string;

const two = (random: Random, least: number, most: number) =>
  String(random.integer(least, most)).padStart(2, '0');
const hex = '0123456789abcdef';
const thousands = (value: number, separator: string) =>
  String(value).replace(/\B(?=(?:\d{3})+$)/g, separator);
const date = (random: Random, separator: string) =>
  [two(random, 1, 28), two(random, 1, 12), random.integer(2019, 2026)].join(separator);
const time = (random: Random) => `${two(random, 0, 23)}:${two(random, 0, 59)}`;
const uuid = (random: Random) => [8, 4, 4, 4, 12].map((length) => random.characters(hex, length)).join('-');

/** What looks like personal data and is none, by what it is. */
export const negatives: Readonly<Record<string, readonly Template[]>> = {
  'order numbers': [
    (r) => `Mã đơn hàng: ${r.digits(12)}, giao trong ngày.`,
    (r) => `Mã đơn ${r.digits(10)} đã được xác nhận.`,
    (r) => `Đơn hàng DH${r.digits(9)} đang giao`,
    (r) => `Hóa đơn số ${r.digits(8)} ngày ${date(r, '/')}`,
    (r) => `Your order #${r.digits(10)} has shipped.`,
    (r) => `Order number: ${r.digits(12)}`,
    (r) => `Invoice INV-${r.integer(2019, 2026)}-${r.digits(6)} is overdue`,
    (r) => `Tracking: SPXVN0${r.digits(12)}`,
    (r) => `Tracking number 1Z${r.characters('0123456789ABCDEFGHXYZ', 6)}${r.digits(10)}`,
    (r) => `Mã vận đơn: VN${r.digits(9)}VN`,
    (r) => `Mã giao dịch ${r.digits(14)} thành công`,
  ],
  'one-time codes': [
    (r) => `Mã OTP của bạn là ${r.digits(6)}, hiệu lực 5 phút.`,
    (r) => `OTP: ${r.digits(6)}`,
    (r) => `Your verification code is ${r.digits(6)}.`,
    (r) => `Mã xác nhận ${r.digits(4)} ${r.digits(4)}`,
  ],
  timestamps: [
    (r) => `{"timestamp": ${r.integer(1_500_000_000, 1_799_999_999)}, "ok": true}`,
    (r) => `created_at=${r.integer(1_500_000_000, 1_799_999_999)}${r.digits(3)}`,
    (r) => `Cuộc họp lúc ${date(r, '-')} ${time(r)} tại phòng họp tầng 3`,
    (r) => `Lịch: ${date(r, '.')} ${time(r)}`,
    (r) => `Từ ${date(r, '-')} - ${date(r, '-')}, nghỉ lễ`,
    (r) => `From ${date(r, '.')} - ${date(r, '.')}: closed`,
    (r) =>
      `${r.integer(2019, 2026)}-${two(r, 1, 12)}-${two(r, 1, 28)}T${time(r)}:${two(r, 0, 59)}.${r.digits(3)}Z INFO started`,
    (r) =>
      `log-${r.integer(2019, 2026)}${two(r, 1, 12)}${two(r, 1, 28)}${two(r, 0, 23)}${two(r, 0, 59)}${two(r, 0, 59)}.txt`,
    (r) => `[${date(r, '/')} ${time(r)}:${two(r, 0, 59)}] GET /health 200 in ${r.integer(1, 99)} ms`,
  ],
  amounts: [
    (r) => `Tổng tiền: ${thousands(r.integer(100_000, 999_999_999), '.')} đ`,
    (r) => `Chuyển ${thousands(r.integer(100_000, 99_999_999), '.')}đ cho anh Nam`,
    (r) => `Giá ${thousands(r.integer(100_000, 999_999_999), ',')} VND một chiếc`,
    (r) => `Doanh thu ${thousands(r.integer(1_000_000_000, 999_999_999_999), '.')} đồng`,
    (r) => `The budget is $${thousands(r.integer(1_000_000, 999_999_999), ',')}.${r.digits(2)}`,
    (r) => `Lãi suất ${r.integer(1, 9)},${r.digits(2)}% cho ${r.integer(100, 900)} triệu`,
    (r) => `Dân số khoảng ${thousands(r.integer(1_000_000, 99_999_999), '.')} người`,
    (r) => `A population of ${thousands(r.integer(1_000_000, 999_999_999), ',')} in ${r.integer(1990, 2024)}`,
  ],
  law: [
    (r) =>
      `Nghị định ${r.integer(1, 200)}/20${two(r, 10, 25)}/NĐ-CP, Điều ${r.integer(1, 50)} khoản ${r.integer(1, 9)}`,
    (r) => `Luật số ${r.integer(1, 200)}/20${two(r, 10, 25)}/QH15 có hiệu lực từ ngày 01/01/2026`,
    (r) => `Thông tư ${r.integer(1, 99)}/20${two(r, 10, 25)}/TT-BTC hướng dẫn về hóa đơn`,
    (r) => `Section ${r.integer(1, 30)}.${r.integer(1, 9)}.${r.integer(1, 9)} of Regulation (EU) 2016/679`,
    (r) => `TCVN ${r.digits(4)}:20${two(r, 10, 25)} và ISO 9001:2015`,
    () => 'CCCD gồm 12 số, CMND gồm 9 số, mã số thuế gồm 10 số.',
  ],
  code: [
    (r) => `const limit = ${r.integer(1_000_000, 2_147_483_647)};`,
    (r) => `color: #${r.characters(hex, 6)}; z-index: 9999; width: ${r.integer(100, 2000)}px;`,
    (r) => `npm i @scope/package@${r.integer(1, 20)}.${r.integer(0, 20)}.${r.integer(0, 20)}`,
    (r) =>
      `version ${r.integer(1, 20)}.${r.integer(0, 20)}.${r.integer(0, 20)}.${r.integer(0, 200)} of the firmware`,
    (r) => `@Injectable() class Parser { private readonly size = ${r.digits(5)}; }`,
    (r) => `0x${r.characters(hex, 8)} -> 0x${r.characters(hex, 8)}`,
    (r) => `for (let i = 0; i < ${r.integer(10, 9_999)}; i++) total += data[i] * 0.${r.digits(10)};`,
    () => 'const apiKey = process.env.OPENAI_API_KEY; const token = await getToken();',
    (r) => `expect(add(0.1, 0.2)).toBeCloseTo(0.3, ${r.integer(1, 9)}); // std::vector<int> v(10)`,
    (r) => `SELECT id, name FROM orders WHERE id = ${r.integer(1_000, 99_999_999)} LIMIT 100;`,
    () => 'function authenticate(password: string, token: string): Promise<boolean> {}',
    (r) => `git clone ssh://host/repo && docker run -p 8080:80 app:${r.integer(1, 99)}`,
  ],
  'identifiers and hashes': [
    (r) => `Request id ${uuid(r)} failed`,
    (r) => `sha256:${r.characters(hex, 64)}`,
    (r) => `commit ${r.characters(hex, 40)}`,
    (r) => `See ${r.characters(hex, 7)} and ${r.characters(hex, 12)}`,
    (r) => `md5 ${r.characters(hex, 32)} of the file`,
    (r) => `ISBN 978-604-${r.digits(2)}-${r.digits(4)}-${r.digits(1)}`,
    (r) =>
      `MAC 00:1b:${r.characters(hex, 2)}:${r.characters(hex, 2)}:${r.characters(hex, 2)}:${r.characters(hex, 2)}`,
    (r) => `https://example.com/p/${r.digits(8)}?page=${r.integer(1, 99)}`,
    (r) => `Ticket ABC-${r.digits(5)}, build ${r.digits(5)}`,
    (r) => `chatcmpl-${r.characters(`${hex}ghijkxyzABCDEF`, 29)}`,
    (r) => `https://youtu.be/${r.characters('abcXYZ019_-', 11)}`,
  ],
  'figures in text': [
    (r) => `Tọa độ ${r.integer(8, 23)}.${r.digits(6)}, 10${r.integer(2, 9)}.${r.digits(6)}`,
    (r) => `Gọi 1900 ${r.digits(4)} hoặc 1800 ${r.digits(4)} để được hỗ trợ`,
    (r) => `Call our hotline 1800 ${r.digits(4)} (free)`,
    (r) => `Các số 1 2 3 4 5 6 7 8 9 10 ${r.integer(11, 99)} là số tự nhiên`,
    (r) => `Kết quả: ${r.integer(1, 9)} - ${r.integer(1, 9)}, phút ${r.integer(1, 90)}`,
    (r) => `Giai đoạn ${r.integer(1990, 2000)}-${r.integer(2001, 2025)}, tăng ${r.integer(1, 99)}%`,
    (r) => `Trang ${r.integer(1, 99)}-${r.integer(100, 400)}, tập ${r.integer(1, 9)}`,
    (r) => `Phòng ${r.integer(100, 999)}, tầng ${r.integer(1, 9)}, sức chứa ${r.integer(10, 99)} người`,
    (r) => `pi = 3.${r.digits(15)}`,
    (r) => `Row: ${Array.from({ length: 8 }, () => r.integer(1, 500)).join(' ')}`,
    (r) => Array.from({ length: 6 }, () => `${r.integer(0, 99)}.${r.digits(2)}`).join(' '),
    () => 'Tải trọng 500 kg, dài 12 m, rộng 2.5 m, điện áp 220 V, 50 Hz.',
    (r) => `Nhiệt độ ${r.integer(20, 39)}.${r.digits(1)} độ, độ ẩm ${r.integer(40, 99)}%`,
  ],
  'plain sentences': [
    () => 'Bạn giải thích giúp mình sự khác nhau giữa CCCD và CMND được không?',
    () => 'Làm sao để đổi số điện thoại trên Zalo?',
    () => 'Địa chỉ IP là gì và khác gì với địa chỉ email?',
    () => 'Write a function that validates an email address and a phone number.',
    () => 'How do I reset my password? I forgot it and the token has expired.',
    () => 'Mật khẩu là bắt buộc, token là tùy chọn.',
    () => 'Chuyển khoản hay tiền mặt đều được, anh chị cứ yên tâm.',
    () => 'The password must have at least 12 characters.',
    () => 'Tôi sinh ra ở Hà Nội và lớn lên ở Đà Nẵng, năm nay 30 tuổi.',
    () => 'Đường Nguyễn Huệ cấm xe vào cuối tuần phải không?',
    () => 'Follow us @weir on social media, or tag #weir2026.',
    () => 'Ông Hồ Chí Minh đọc Tuyên ngôn Độc lập ngày 2/9/1945.',
  ],
};
