const english =
  `zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen`.split(
    ' ',
  );
const englishTens = `twenty thirty forty fifty sixty seventy eighty ninety`.split(' ');
const englishOrdinals =
  `zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth`.split(' ');

/** Words that are a number below a hundred by themselves. */
export const englishUnits = new Map<string, number>([
  ...english.map((word, value) => [word, value] as const),
  ...englishTens.map((word, index) => [word, 20 + 10 * index] as const),
  ...englishOrdinals.map((word, value) => [word, value] as const),
  ['dozen', 12],
  ['twice', 2],
  ['thrice', 3],
  ['double', 2],
  ['triple', 3],
  ['half', 0.5],
]);
export const vietnameseUnits = new Map<string, number>(
  Object.entries({
    một: 1,
    mốt: 1,
    hai: 2,
    ba: 3,
    bốn: 4,
    tư: 4,
    năm: 5,
    lăm: 5,
    nhăm: 5,
    sáu: 6,
    bảy: 7,
    bẩy: 7,
    tám: 8,
    chín: 9,
    mười: 10,
    nhất: 1,
    nhì: 2,
  }),
);
export const plainVietnameseUnits = new Map<string, number>(
  Object.entries({
    mot: 1,
    hai: 2,
    ba: 3,
    bon: 4,
    tu: 4,
    nam: 5,
    lam: 5,
    sau: 6,
    bay: 7,
    tam: 8,
    chin: 9,
    muoi: 10,
    nhat: 1,
  }),
);
export const multipliers = new Map<string, number>(
  Object.entries({
    hundred: 100,
    thousand: 1e3,
    k: 1e3,
    million: 1e6,
    mil: 1e6,
    billion: 1e9,
    bn: 1e9,
    trillion: 1e12,
    lakh: 1e5,
    lac: 1e5,
    crore: 1e7,
    mươi: 10,
    chục: 10,
    trăm: 100,
    nghìn: 1e3,
    ngàn: 1e3,
    triệu: 1e6,
    tr: 1e6,
    củ: 1e6,
    tỷ: 1e9,
    tỉ: 1e9,
    tram: 100,
    nghin: 1e3,
    ngan: 1e3,
    trieu: 1e6,
    ty: 1e9,
    chuc: 10,
  }),
);
export const joiners = new Set(['linh', 'lẻ', 'le']);
/** What tells that "năm" is five and not a year, "ba" three and not a father, "sau" six and not after. */
export const counted = new Set(
  `người nguoi ngày ngay tuần tuan tháng thang giờ tiếng tieng phút phut giây giay lần lan cái cai con chiếc chiec quyển bài món bước buoc loại loai kg km m cm lít lit gb mb tuổi tuoi đồng dong đô usd vnd trang số câu cau chỗ cho phòng phong tầng tang cấp vé bộ căn quả ly cốc chai điểm mét met lớp triệu nghìn`.split(
    ' ',
  ),
);
export const ambiguous = new Set([
  'năm',
  'ba',
  'tư',
  'chín',
  'nhất',
  'nhì',
  'nam',
  'sau',
  'bay',
  'tam',
  'chin',
  'tu',
  'lam',
  'nhat',
  'muoi',
  'lăm',
]);
export const roman = new Map(
  Object.entries({ II: 2, III: 3, IV: 4, VI: 6, VII: 7, VIII: 8, IX: 9, XI: 11, XII: 12 }),
);
