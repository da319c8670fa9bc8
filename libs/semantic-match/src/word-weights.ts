/**
 * How much a word tells of what is asked, from lists of our own: function words hardly anything, words that stand in every other question
 * little, all others whole. Without these "how do I open an account" and "how do I open a window" would share most of their words.
 */
const functionWords = wordSet(`
  a an the this that these those it its is are am was were be been being do does did done have has had having will would shall should can
  could may might must i me my mine we us our you your yours he him his she her they them their one ones to of in on at by for with from
  into onto about as and or but if then than so such also just only really actually very please some any all there here what which who whom
  whose when where why how whether im ive id dont doesnt cant s t d ll re ve m up out
  là có của và thì mà ở cho với được bị những các một này kia ấy đó đây gì nào sao thế vậy ạ nhé nhỉ à ơi hả hở chứ bạn mình tôi tớ em anh chị
  cô thầy ad admin bot shop mày tao e a ai mấy bao nhiêu khi đâu như không chưa rồi đã đang sẽ thể hỏi xin vui lòng giúp đi cũng lại nữa ra
  vào lên xuống từ đến về để do vì nếu hay hoặc nhưng thôi luôn cứ còn vẫn chỉ đều rất lắm quá cái con ko k hok hem hông dc đc vs thui z zậy
  vầy dzậy v đấy thật la co cua va thi cho voi duoc nhung cac mot nay gi nao sao the vay nhe nhi ban minh toi may bao nhieu khong chua roi
  da dang se hoi giup nhu
`);

const commonWords = wordSet(`
  get got getting make makes made making use used using know find go going want need like think way ways best good better great thing things
  people person someone anyone something anything time much many more most less other another first new day year life work help tell give
  take start become possible happen happens mean means difference between example examples reason reasons ever long buy online learn
  improve question questions answer answers lot kind type types right every without after before while over under still
  làm muốn cần biết nói hiểu thấy nghĩ xem việc cách người ngày lúc giờ loại kiểu thông tin nhiều ít tốt lớn nhỏ mới trên dưới trong ngoài
  trước sau theo bên phải nên hơn nhất thử hãy cùng giống khác tất cả mọi mỗi lam muon can biet cach nguoi viec
`);

export function weightOf(word: string): number {
  if (functionWords.has(word)) return 0.1;
  if (commonWords.has(word)) return 0.5;
  return 1;
}

export function isFunctionWord(word: string): boolean {
  return functionWords.has(word);
}

/** A list of words as they are written above: with white space between them. */
export function wordSet(list: string): ReadonlySet<string> {
  return new Set(list.trim().split(/\s+/));
}
