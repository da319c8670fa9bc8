import Fastify from 'fastify';
import { Pool } from 'undici';

/**
 * What the gateway is measured against: the least that a proxy on the same stack can do. It reads a body, sends it
 * on over a pooled connection, and sends the answer back, without a look at either.
 */
const pool = new Pool(process.env['UPSTREAM_URL'] ?? '', { connections: 256 });
const app = Fastify({ bodyLimit: 8 * 1024 * 1024 });
app.removeAllContentTypeParsers();
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
  done(null, body);
});
app.post('/v1/chat/completions', async (request, reply) => {
  const answer = await pool.request({
    method: 'POST',
    path: '/v1/chat/completions',
    headers: { 'content-type': 'application/json', authorization: 'Bearer bench' },
    body: request.body as Buffer,
  });
  reply.code(answer.statusCode).header('content-type', answer.headers['content-type']);
  return reply.send(answer.body);
});
const url = await app.listen({ port: 0, host: '127.0.0.1' });
process.stdout.write(`${JSON.stringify({ url })}\n`);
process.once('disconnect', () => process.exit(0));
