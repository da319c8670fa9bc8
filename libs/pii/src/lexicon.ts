/** What words mean to the detectors, as they read without marks and in lower case. */
const split = (words: string) => new Set(words.split(' '));

export const surnames = split(
  'nguyen tran le pham hoang huynh phan vu vo dang bui do ho ngo duong ly dinh trinh doan mai truong lam luong dao ha cao chu ta ' +
    'thai luu la quach kieu vuong to tong phung trieu nghiem mac khuat dam lu trang thach chau tang au diep ton bach giang',
);
export const titles = split('ong ba anh chi em co chu bac thay bs ths ts mr mrs ms miss dr prof sir madam');
/** With which the words before a name end: `tôi tên là`, `name:`. */
const nameHints = split(
  'ten toi em minh hang khach du la nhan gui mua dat he benh nhan khoan the ho name fullname customer patient contact am dear regards sincerely is',
);
export const streets = split(
  'duong pho ngo ngach hem kiet hung street st avenue ave road rd boulevard blvd lane ln drive dr court ct square highway way',
);
export const areas = split(
  'phuong xa quan huyen tinh thi tran thanh thon ap to khu khom ban buon lang p q x h tp tx tt kp kdt chung cu toa tang can ho lau so ' +
    'building floor apt suite unit zip vn',
);
/** With which the words before an address end. */
export const announcers = split(
  'chi tru o khau quan tai address to den toi ve la is at in nha lap hang hien cua',
);
/** Before which an address ends. */
export const addressEnds = split(
  'ip url web mac sdt dt dien zalo hotline email mail cccd cmnd mst stk phone mobile tel bhxh bhyt gplx otp password cam xin vui nhe va and please thanks',
);
const months = split(
  'jan january feb february mar march apr april may jun june jul july aug august sep sept september oct october nov november dec december',
);
/** With which a date in words may end that goes on. */
const dateParts = new Set([...months, ...split('thang nam of')]);
const secretNames = split(
  'password passwd passphrase pwd mat matkhau secret secretkey secretaccesskey api apikey apitoken apisecret access accesskey accesstoken ' +
    'private privatekey auth authtoken client clientsecret clientid account accountkey token bearer authorization credential credentials',
);
/** In phrases that name what stands behind them, each of which has one of these. */
const contextWords = split(
  'don hoa order orderid invoice otp tracking timestamp unix epoch van giao magd gd transaction xac verification san sku serial build version ' +
    'phien barcode vach ticket luong quantity tien amount total bien bks bsx plate plates licenseplate registration gplx bang giay license licence ' +
    'licenses ssn social socialsecurity bhxh bhyt the bao insurance cccd can cmnd cmt chung dinh card cards national citizen identity ' +
    'identification id idcard idnumber mst thue tax taxcode taxid tin chieu passport passports passportnumber stk khoan taikhoan sotaikhoan tk ' +
    'chuyen ck account accountnumber bankaccount acct acc bank iban sinh ngaysinh ns dob birth birthday birthdate dateofbirth born sdt dt dien ' +
    'dienthoai sodienthoai di hotline zalo lien goi alo may phone phones telephone phonenumber mobile mobilenumber tel cell call whatsapp viber fax ' +
    'contact hochieu bienso masothue cancuoc madon banglai dinhdanh chungminh case',
);

/** What a word may be. More than one holds of some; of a few words none does that is said here. */
export const wordKinds = {
  surname: 1,
  title: 2,
  nameHint: 4,
  addressPart: 8,
  announcer: 16,
  addressEnd: 32,
  month: 64,
  secretName: 128,
  context: 256,
  /** No word's kind: a placeholder stands before the token. */
  afterPlaceholder: 512,
  datePart: 1024,
} as const;

const kinds = new Map<number, number>();

/** Of the letters in lower case. Two words may have the same: kinds are asked for before words are compared, and decide nothing. */
export const hashLetter = (hash: number, code: number) => (Math.imul(hash, 31) + (code | 32)) | 0;

function add(kind: number, ...lists: ReadonlySet<string>[]): void {
  for (const word of lists.flatMap((list) => [...list])) {
    let hash = 0;
    for (let index = 0; index < word.length; index += 1) hash = hashLetter(hash, word.charCodeAt(index));
    kinds.set(hash, (kinds.get(hash) ?? 0) | kind);
  }
}
add(wordKinds.surname, surnames);
add(wordKinds.title, titles);
add(wordKinds.nameHint, nameHints);
add(wordKinds.addressPart, streets, areas);
add(wordKinds.announcer, announcers);
add(wordKinds.addressEnd, addressEnds);
add(wordKinds.month, months);
add(wordKinds.datePart, dateParts);
add(wordKinds.secretName, secretNames);
add(wordKinds.context, contextWords);

export const kindsOf = (hash: number) => kinds.get(hash) ?? 0;
