import { contextLength, Scan } from '@weir/pii/settled-length';
import { findPersonalData } from '@weir/pii/find-personal-data';
import type { Measure } from '../report.ts';
import { median } from '../statistics.ts';

const rounds = 15;
/** The first rounds are those in which the code is still being compiled. */
const roundsToWarmUp = 5;
const checksPerRound = 300;

const level = 'balanced';
/** 1 KB (1,024 bytes of UTF-8), half of it Vietnamese, with what a customer's request has of personal data. */
const prompt = cutAt1Kb(
  'Chào bạn, mình đặt một chiếc bàn làm việc hôm thứ ba tuần trước mà đến nay vẫn chưa thấy giao, tổng cộng 1.250.000 đ đã thanh toán. ' +
    'Bạn kiểm tra giúp mình đơn 2024-1187 xem hàng đã rời kho chưa nhé, nếu chưa thì mình muốn đổi sang màu gỗ sáng. Mình hay bận buổi sáng, ' +
    'nên nhờ bên giao hàng gọi trước vào số 0912 345 678, hoặc gửi thư cho mình theo địa chỉ hoa.tran@example.com cũng được. ' +
    'Please also answer in English, since my husband reads these messages as well: when may the parcel arrive, who will carry it up the ' +
    'stairs, and what do we do if a leg is broken or a screw is missing when we open the box? We had a chair from your shop last year that ' +
    'came with a scratch on its back, and the people on the phone were very kind and sent another one within a week. This time we would ' +
    'rather wait a little longer and have everything checked before it is sent, because the study has to be ready when our son comes home ' +
    'for the holidays and there will be no time to send anything back. Thank you very much, and have a nice day.',
);
const answer = prompt.repeat(4);
const chunkLength = 20;

function cutAt1Kb(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length < 1_024) throw new Error(`the prompt has only ${bytes.length} bytes`);
  return bytes.subarray(0, 1_024).toString();
}

/** What it takes to look for personal data: processor time of the detector alone, without any service around it. */
export function measureGuardrails(): Measure[] {
  const us = { unit: 'us', better: 'lower' } as const;
  return [
    { name: 'guardrails.check_1kb_us', value: cpuUsOf(checkPrompts), ...us, target: 100 },
    { name: 'guardrails.chunk_us', value: cpuUsOf(checkStream), ...us, target: 20 },
  ];
}

/** Each prompt is another text, as it is for a service. */
function checkPrompts(): number {
  for (let check = 0; check < checksPerRound; check += 1) {
    const found = findPersonalData(`${check} ${prompt}`, { level });
    if (found.length < 2) throw new Error('personal data was not found: the figure means nothing');
  }
  return checksPerRound;
}

/** A stream's filter: what is settled is judged and goes out, and enough of it is kept as context. */
function checkStream(): number {
  let [chunks, context, tail, found] = [0, '', '', 0];
  for (let start = 0; start < answer.length; start += chunkLength, chunks += 1) {
    tail += answer.slice(start, start + chunkLength);
    const text = context + tail;
    const scan = new Scan(text, { level });
    const settled = Math.max(context.length, scan.settledLength);
    if (settled === context.length) continue;
    found += scan.findings(context.length).filter(({ end }) => end <= settled).length;
    tail = text.slice(settled);
    context = text.slice(Math.max(0, settled - contextLength), settled);
  }
  if (found < 8) throw new Error('personal data was not found: the figure means nothing');
  return chunks;
}

/** Processor time for one of what `work` does, in microseconds: the median of some rounds. */
function cpuUsOf(work: () => number): number {
  const timesUs: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const begun = process.cpuUsage();
    const count = work();
    const { user, system } = process.cpuUsage(begun);
    timesUs.push((user + system) / count);
  }
  return median(timesUs.slice(roundsToWarmUp));
}
