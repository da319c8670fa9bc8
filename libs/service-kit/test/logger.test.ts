import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';

/** In a process of its own, since a log's destination is its process's standard output. */
async function logged(statement: string): Promise<string> {
  const script = `import { createLogger } from ${JSON.stringify(new URL('../src/logger.ts', import.meta.url).href)};
    import { KnownSecrets } from ${JSON.stringify(new URL('../src/secrets/known-secrets.ts', import.meta.url).href)};
    const secrets = new KnownSecrets(['no-form-0123456789abcdef']);
    const logger = createLogger({ service: 'router', instance: 'a', level: 'info', secrets }); ${statement}`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (part) => (output += String(part)));
  await once(child, 'close');
  return output;
}

test('a line is JSON with the service, the level by name and a time', async () => {
  const line: unknown = JSON.parse(await logged("logger.info({ requestId: 'r' }, 'hello');"));
  expect(line).toMatchObject({
    level: 'info',
    service: 'router',
    instance: 'a',
    requestId: 'r',
    msg: 'hello',
  });
  expect(new Date((line as { time: string }).time).getTime()).toBeGreaterThan(0);
});

test('a secret that is logged by mistake is not in the line', async () => {
  const line = await logged(
    "logger.info({ apiKey: 'sk-1', headers: { authorization: 'Bearer sk-2', 'x-api-key': 'sk-3' }, a: { b: { password: 'sk-4' } } }, 'oops');",
  );
  expect(line).toContain('[redacted]');
  expect(line).not.toMatch(/sk-\d/);
});

test.each([
  ["{ list: [{ accessToken: 'sk-1' }] }"],
  ["{ err: Object.assign(new Error('m'), { headers: { 'x-goog-api-key': 'sk-2' } }) }"],
  ["{ err: new Error('cannot connect to nats://router:sk-3@host:4222') }"],
  [
    "{ err: new Error('outer', { cause: Object.assign(new Error('m'), { config: { clientSecret: 'sk-4' } }) }) }",
  ],
])('a secret in %s is not in the line', async (fields) => {
  const line = await logged(`logger.error(${fields}, 'oops');`);
  expect(line).toContain('[redacted]');
  expect(line).not.toMatch(/sk-\d/);
});

test('an error is logged with its causes', async () => {
  const line = await logged(
    "logger.error({ err: new Error('outer', { cause: new Error('inner') }) }, 'failed');",
  );
  expect(line).toContain('outer');
  expect(line).toContain('inner');
});

test('a line is short and of visible characters, whatever is logged: its message, its fields and an error', async () => {
  const output = await logged(`
    const long = '\\u009b31m\\u202e\\u0007\\u{e0041}'.repeat(1_000_000);
    logger.error({ [long]: 1, field: long, list: [long], err: new Error(long, { cause: new Error(long) }) }, long);
    logger.info(long);
    logger.error(new Error(long));`);
  const lines = output.trimEnd().split('\n');
  expect(lines).toHaveLength(3);
  for (const line of lines) {
    expect(JSON.parse(line)).toMatchObject({ service: 'router', instance: 'a' });
    expect(line.length).toBeLessThan(50_000);
    expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/u);
  }
  expect(JSON.parse(lines[1] ?? '')).toMatchObject({
    msg: expect.stringMatching(/^\u009b31m\u202e/) as unknown,
  });
});

test('a secret that is known is in no line, whatever it is called and wherever it stands', async () => {
  const output = await logged(`
    const key = 'no-form-0123456789abcdef';
    logger.info('the message has ' + key);
    logger.warn({ contentType: 'text/' + key.toUpperCase() + '\\u009b' }, 'a field');
    logger.error({ err: new Error('e', { cause: new Error(Buffer.from(key).toString('hex')) }) }, 'a cause');`);
  expect(output.trimEnd().split('\n')).toHaveLength(3);
  expect(output.match(/\[redacted\]/g)?.length).toBeGreaterThanOrEqual(4);
  expect(output).not.toMatch(/0123456789|3031323334/);
});
