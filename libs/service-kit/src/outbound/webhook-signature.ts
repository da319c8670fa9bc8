import { createHmac } from 'node:crypto';

/**
 * The header `weir-signature` of every webhook, `t=<unix time>,v1=<hex>`: HMAC-SHA-256 of `<unix time>.<body>`. The time lets a receiver
 * refuse what is old.
 */
export function signatureOf(body: string, secret: string, atSeconds: number): string {
  const digest = createHmac('sha256', secret).update(`${atSeconds}.${body}`).digest('hex');
  return `t=${atSeconds},v1=${digest}`;
}
