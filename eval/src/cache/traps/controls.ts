/** Wordings of one question, of our own: a veto that refuses one for another costs a hit for nothing. */
export const englishControls: readonly (readonly string[])[] = [
  [
    'How do I reset my password?',
    'How can I reset my password?',
    'Please tell me how to reset my password',
    'how to reset the password',
  ],
  [
    'What is the capital of Peru?',
    "What's the capital of Peru?",
    'Tell me the capital of Peru',
    'capital of peru',
  ],
  ['Why is the sky blue?', 'What makes the sky blue?', 'Can you explain why the sky is blue?'],
  [
    'How much is 1,000,000 cents in dollars?',
    'How much is 1 million cents in dollars?',
    'how much is one million cents in dollars',
  ],
  ['Where can I buy stamps?', 'Where do I purchase stamps?', 'Where can one buy stamps please?'],
  [
    'What are the benefits of yoga?',
    'What are the advantages of yoga?',
    'Benefits of yoga?',
    'What benefits does yoga have?',
  ],
  ['How do I fix a leaking tap?', 'How can I repair a leaking tap?', 'How do you fix a tap that leaks?'],
  ['How does Rust compare to Go?', 'How do Rust and Go compare?', 'How does Go compare to Rust?'],
  [
    'What is the difference between TCP and UDP?',
    'What is the difference between UDP and TCP?',
    'difference between tcp & udp',
  ],
  ['Is coffee good for you?', 'Is coffee good for me?', 'Is coffee really good for you?'],
  ['How many legs does a spider have?', 'how many legs do spiders have', 'How many legs have spiders got?'],
  [
    'What should I do with 2 days in Oslo?',
    'What can I do with two days in Oslo?',
    'What to do in Oslo with 2 days?',
  ],
  [
    'How do I delete my account?',
    'How can I remove my account?',
    'I want to delete my account, how do I do that?',
  ],
  ['When did World War 2 end?', 'When did World War II end?', 'When did world war two end'],
  ['Which phone is best for photos?', 'What is the best phone for photos?', 'Best phone for pictures?'],
];

export const vietnameseControls: readonly (readonly string[])[] = [
  [
    'Làm sao để đổi mật khẩu?',
    'Làm thế nào để đổi mật khẩu vậy?',
    'cách đổi mật khẩu',
    'doi mat khau nhu the nao',
    'cho mình hỏi cách đổi mật khẩu với ạ',
    'muốn đổi mk thì làm sao',
  ],
  [
    'Phí chuyển tiền là bao nhiêu?',
    'phí chuyển tiền bn vậy ad',
    'Cho hỏi phí chuyển tiền bao nhiêu ạ',
    'phi chuyen tien bao nhieu',
  ],
  [
    'Thẻ này có dùng ở nước ngoài được không?',
    'thẻ này dùng ở nước ngoài đc ko',
    'the nay dung o nuoc ngoai duoc khong vay',
  ],
  ['Cửa hàng mở cửa lúc mấy giờ?', 'mấy giờ cửa hàng mở cửa vậy', 'cửa hàng mở cửa khi nào'],
  [
    'Tại sao tôi không đăng nhập được?',
    'sao mình không đăng nhập được vậy',
    'vì sao em ko đăng nhập được ạ',
    'tai sao toi khong dang nhap duoc',
  ],
  ['Bạn có bán vé xem phim không?', 'shop có bán vé xem phim ko ạ', 'bên mình có bán vé xem phim không vậy'],
  ['Tôi có 1.000.000 đồng nên mua gì?', 'tôi có 1 triệu đồng nên mua gì', 'có một triệu đồng thì nên mua gì'],
  ['Gói này có rẻ không?', 'gói này có rẻ không vậy bạn', 'goi nay co re k'],
  ['Địa chỉ công ty ở đâu?', 'địa chỉ của công ty ở đâu vậy ạ', 'cho xin địa chỉ công ty'],
  ['Bao lâu thì nhận được hàng?', 'mất bao lâu thì nhận được hàng ạ', 'bao lau thi nhan duoc hang'],
  ['Ứng dụng tải ở đâu?', 'tải ứng dụng ở đâu vậy', 'tải app ở đâu thế ad', 'tai app o dau'],
  ['A và B khác nhau thế nào?', 'B và A khác nhau như thế nào?', 'A khác B ở chỗ nào'],
  ['Đơn của tôi đã giao chưa?', 'đơn của mình giao chưa vậy', 'don cua toi da giao chua'],
];
