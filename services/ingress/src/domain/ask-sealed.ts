import type { Envelope } from '@weir/contracts/envelope';
import { seal } from '@weir/service-kit/crypto/sealed-box';
import { Fault } from '@weir/service-kit/fault';
import type { SealingKey } from './sealing-key.ts';

interface SealedQuestion<Reply> {
  text: string;
  envelope: Envelope;
  sealingKey: SealingKey;
  ask: (sealed: string) => Promise<Reply>;
}

/** Asks with a text that only the routers can read; once more, by their newest key, where they could not open it. */
export async function askSealed<Reply>(question: SealedQuestion<Reply>): Promise<Reply> {
  const { text, envelope, sealingKey, ask } = question;
  try {
    return await ask(seal(text, await sealingKey.current(envelope)));
  } catch (thrown) {
    if (!(thrown instanceof Fault && thrown.code === 'stale_sealing_key')) throw thrown;
    return ask(seal(text, await sealingKey.renew(envelope)));
  }
}
