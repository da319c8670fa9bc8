// Prints what each attempt at a provider has cost, as soon as it is in Weir's ledger: see README.md.
import { connect } from '@nats-io/transport-node';

const { host, username, password } = new URL(process.env.NATS_URL);
const nats = await connect({ servers: host, user: username, pass: password, maxReconnectAttempts: -1 });
process.once('SIGINT', () => nats.drain());
process.once('SIGTERM', () => nats.drain());

const usage = nats.subscribe('weir.v1.usage.priced');
await nats.flush();
console.log('listening');
for await (const message of usage) {
  // A CloudEvent or an array of them. One may come twice, with the same `id`.
  for (const { data } of [message.json()].flat()) {
    const { requestId, provider, model, inputTokens, outputTokens, costUsd } = data;
    const who = [data.tenant, data.teamId, data.keyId].filter(Boolean).join('/');
    const cost = costUsd === null ? 'has no price' : `$${costUsd}`;
    console.log(`${requestId} ${who} ${provider}/${model} ${inputTokens} in, ${outputTokens} out: ${cost}`);
  }
}
