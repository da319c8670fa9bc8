import { requestJsonLimits } from '@weir/contracts/limits';
import { checkJsonLimits } from '@weir/service-kit/bounded-json';
import { ReplyInbox } from '@weir/service-kit/bus/connection/reply-inbox';
import { Subscriber } from '@weir/service-kit/bus/connection/subscriber';
import { systemClock } from '@weir/service-kit/clock';
import { createLogger } from '@weir/service-kit/logger';
import type { Measure } from '../report.ts';
import { median } from '../statistics.ts';

const callsPerRound = 20_000;
const rounds = 9;

/** What it costs an ordinary request that a hostile one is told apart: each a part of some 500 microseconds. */
export function measureUntrusted(): Measure[] {
  const inbox = openInbox();
  const chat = JSON.stringify({
    model: 'gpt-5-mini',
    messages: [{ role: 'user', content: 'Say hello to the benchmark. '.repeat(33) }],
    temperature: 0.7,
    stream: true,
  });
  const ignore = () => undefined;
  const pending = { expiresAtMs: Infinity, onMessage: ignore, onExpired: ignore, onLost: ignore };
  const measures: Measure[] = [
    measured('untrusted.reply_subject_us', 1, () => {
      inbox.close(inbox.open(pending));
    }),
    measured('untrusted.check_1kb_us', 5, () => {
      checkJsonLimits(chat, requestJsonLimits);
    }),
  ];
  inbox.stop();
  return measures;
}

function measured(name: string, target: number, call: () => void): Measure {
  const timesUs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const begunMs = performance.now();
    for (let i = 0; i < callsPerRound; i++) call();
    timesUs.push((1_000 * (performance.now() - begunMs)) / callsPerRound);
  }
  // The first rounds are those in which the code is still being compiled.
  return { name, value: median(timesUs.slice(2)), unit: 'us', better: 'lower', target };
}

function openInbox(): ReplyInbox {
  const connection = { subscribe: () => ({ unsubscribe: () => undefined }) } as never;
  const logger = createLogger({ service: 'ingress', instance: 'bench', level: 'silent' });
  const subscriber = new Subscriber({ connection, logger });
  return new ReplyInbox({
    subscriber,
    clock: systemClock,
    prefix: '_INBOX_ingress.bench',
    onStray: () => undefined,
  });
}
