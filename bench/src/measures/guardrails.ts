import { contextLength, settledLength } from '@weir/pii/settled-length';
import { findPersonalData } from '@weir/pii/find-personal-data';
import type { Measure } from '../report.ts';
import { median } from '../statistics.ts';

const rounds = 15;
/** The first rounds are those in which the code is still being compiled. */
const roundsToWarmUp = 5;
const checksPerRound = 300;

const level = 'balanced';
const sentence =
  'Chào bạn, mình cần hỏi về đơn hàng 2024-1187 đặt hôm thứ ba, tổng 1.250.000 đ; số liên hệ 0912 345 678, mail hoa.tran@example.com. ' +
  'Please check whether the parcel has left the warehouse, and tell me when it may arrive at the new address in the city. ';
const prompt = sentence.repeat(8).slice(0, 1_024);
const answer = sentence.repeat(16);
const chunkLength = 20;

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
    if (found.length < 8) throw new Error('personal data was not found: the figure means nothing');
  }
  return checksPerRound;
}

/** A stream's filter: what is settled is judged and goes out, and enough of it is kept as context. */
function checkStream(): number {
  let [chunks, context, tail, found] = [0, '', '', 0];
  for (let start = 0; start < answer.length; start += chunkLength, chunks += 1) {
    tail += answer.slice(start, start + chunkLength);
    const text = context + tail;
    const settled = Math.max(context.length, settledLength(text, { level }));
    if (settled === context.length) continue;
    found += findPersonalData(text.slice(0, settled), { level }).filter(
      ({ start: from }) => from >= context.length,
    ).length;
    tail = text.slice(settled);
    context = text.slice(Math.max(0, settled - contextLength), settled);
  }
  if (found < 16) throw new Error('personal data was not found: the figure means nothing');
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
