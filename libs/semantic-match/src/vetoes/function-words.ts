/** Words that carry no subject: a question asks the same without them. Numbers, negations and comparisons are not among them. */
export const englishFunctionWords = `a an the is are am was were be been being do does did doing done have has had having can could would should shall will may might
i you he she it we they me him her us them my your his its our their mine yours myself yourself one ones someone anyone people somebody anybody
to of in on at for from by with about into onto upon as than that this these those there here then so such if and or but
what which who whom whose when where why how please kindly tell explain help give show let know want like need wish wonder wondering
just really very actually basically ever also too even quite exactly possible possibly way ways best good better some any certain various
hi hello hey thanks thank ok okay sir dear guys anyone bot question ask
get got getting go going make making use using used find doing become thing things something anything get
main different kind kinds type types sort sorts most more example examples mean meaning means definition called look looking
top great right currently now still`;

export const vietnameseFunctionWords = `tôi mình bạn em anh chị t m b e a ad admin shop bot mày tao tớ cậu ta chúng ngươi cô chú bác ông bà bên họ nó ai
là thì mà và hay hoặc với của cho ở tại từ đến về trong ngoài trên bằng theo để do bởi vì nếu như khi lúc có bị được đã đang sẽ cũng vẫn còn đều các những một cái con chiếc việc sự điều
gì nào sao đâu bao nhiêu mấy thế vậy vầy nào làm cách kiểu thể như nhỉ nhé nha ạ à ơi hả hử ha đấy đó này kia ấy kìa rồi luôn đi với thôi nhở zậy z zợ nè hen ư nhá dạ vâng
xin vui lòng làm ơn giúp hỏi biết muốn cần nên phải chỉ bảo hướng dẫn giải thích nói trả lời hỗ trợ giùm hộ dùm bày nghe thấy
không chưa ko k hok khong kg hông hem rất lắm quá thật nữa lại nhiều hơn cứ toàn chút tí xíu ít bây giờ hiện tại giờ nay mới
thế lúc lần loại dạng kiểu chi mô răng rứa chứ chớ đối thứ trường hợp thông tin vấn đề nội dung ra vào lên xuống hãy bn dc đc ntn nhiu vs j r lm dùng sử dụng tốt người ta`;

/** What means the same, apart by "|". */
export const englishSynonyms = `buy purchase acquire|begin start|create make build|reduce decrease lower lessen cut|increase raise boost grow|job work career employment|kid child children|fix repair solve resolve|cheap affordable inexpensive|fast quick rapid quickly|big large huge|small little tiny|
photo picture image pic|movie film|college university|phone mobile cellphone smartphone|car vehicle automobile|learn study|teach instruct|doctor physician|happen occur|earn make|money cash|website site webpage|delete remove erase|change modify alter edit|
get obtain receive gain|choose select pick|difference distinction|way method approach technique|tip advice suggestion trick|begin start|end finish|improve enhance better|prepare preparation|important significant|impact effect influence consequence|
lose shed drop|overcome beat conquer|reason cause|benefit advantage pro|drawback disadvantage con|weight fat|app application|laptop notebook|stop quit|prevent avoid|travel trip|vacation holiday|place location spot|visit see|live reside|
city town|country nation|house home|husband spouse|wife spouse|girl woman lady|boy man guy|price cost|expensive costly|area region|company firm business|employee worker staff|boss manager|salary wage pay|password passcode|reset recover restore|login signin|
store shop|recover retrieve|register signup enroll|account profile|email mail|call phone|contact reach|ask query|answer response reply|safe secure|dangerous harmful|sick ill|happy glad|sad unhappy|rich wealthy|smart intelligent clever|
install setup|use utilize|need require|allow permit|send deliver|cook prepare|food meal dish|drink beverage|book novel|write author|read study|understand comprehend|believe think|opinion view thought|famous popular|common frequent|
document file|folder directory|error bug issue problem|crash fail|update upgrade|download get|symptom sign|treat cure heal|medicine drug medication|baby infant|capital city|population people inhabitant|distance far|height tall high|age old|demonetization demonetisation ban`;

export const vietnameseSynonyms = `mua sắm|đăng_ký đăng_kí|tải cài|app ứng_dụng|xóa xoá gỡ|hủy huỷ bỏ|sửa chỉnh|tin bài|số điện_thoại sđt đt|tiền money|tài_khoản tk acc account|điện_thoại đt phone|máy_tính laptop pc|nhà căn_hộ|giá phí chi_phí|lấy nhận|nạp nộp|gửi gởi|cám cảm|ý_nghĩa nghĩa|
công_ty doanh_nghiệp|bệnh_viện viện|trường|giáo_viên thầy|bố ba cha|mẹ má|vợ|lợn heo|bát chén|ngô bắp|xe_hơi ô_tô xe_ô_tô|xe_máy|tàu_hỏa tàu|máy_bay|quả trái|bút viết|mũ nón|ốm bệnh|béo mập|đắt mắc|rẻ|nhanh mau lẹ|chậm|đẹp xinh|xấu|lớn to|nhỏ bé|
nhanh_chóng nhanh|vào truy_cập|địa_chỉ chỗ nơi|hiển_thị hiện|lỗi sự_cố|khắc_phục sửa xử_lý giải_quyết|lý_do nguyên_nhân|mục_đích|lợi_ích tác_dụng hiệu_quả|khác khác_nhau|quy_định yêu_cầu điều_kiện|thủ_tục giấy_tờ hồ_sơ|xác_thực kích_hoạt xác_nhận|khách khách_hàng|người_dùng|đổi thay_đổi thay|quên|mật_khẩu mk pass password|facebook fb|
hà_nội hn|sài_gòn sg|người_yêu ny|tiếng|bao_lâu|thời_gian|mở lập tạo|nấu|làm|chữa trị điều_trị|giảm|kiếm tìm|học|xem coi`;
