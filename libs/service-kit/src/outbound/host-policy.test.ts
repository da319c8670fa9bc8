import { expect, test } from 'vitest';
import { parseHostPattern } from './host-pattern.ts';
import { HostPolicy } from './host-policy.ts';

const policyOf = (...patterns: string[]) =>
  new HostPolicy(patterns.flatMap((pattern) => parseHostPattern(pattern) ?? []));

test.each([
  'https://llm.example.com/v1',
  'https://llm.example.com:8443/v1',
  'HTTPS://LLM.EXAMPLE.COM.',
  'https://8.8.8.8',
  'https://[2606:4700::1111]/v1',
  'https://localhost.example.com',
  'https://lan.example.com',
  'https://corp.example.org',
  'https://svc.example.net',
  'https://mycorp.homelan.dev',
  'https://internal.example.com/openai/deployments/{model}',
])('a config may name what is https and public: %s', (url) => {
  expect(policyOf().checkHost(url)).toBeUndefined();
});

test.each([
  'https://127.0.0.1',
  'https://127.1',
  'https://2130706433',
  'https://0x7f000001',
  'https://0x7f.0.0.1',
  'https://0177.0.0.1',
  'https://017700000001',
  'https://127.0.0.1.',
  'https://１２７.０.０.１',
  'https://127。0。0。1',
  'https://%31%32%37.0.0.1',
  'https://0',
  'https://0.0.0.0:8443',
  'https://10.0.0.1/v1',
  'https://0xa.1',
  'https://172.16.5.4',
  'https://192.168.1.1',
  'https://192.168.257',
  'https://100.64.0.1',
  'https://169.254.169.254/latest/meta-data',
  'https://2852039166',
  'https://0xA9FEA9FE',
  'https://0251.0376.0251.0376',
  'https://168.63.129.16',
  'https://224.0.0.1',
  'https://255.255.255.255',
  'https://240.0.0.1',
  'https://[::]',
  'https://[::1]',
  'https://[0:0:0:0:0:0:0:1]:8443',
  'https://[::ffff:127.0.0.1]',
  'https://[::ffff:7f00:1]',
  'https://[::127.0.0.1]',
  'https://[::ffff:0:127.0.0.1]',
  'https://[64:ff9b::169.254.169.254]',
  'https://[2002:7f00:1::]',
  'https://[2001:0:7f00:1::]',
  'https://[fd00:ec2::254]',
  'https://[fe80::1]',
  'https://[ff02::1]',
  'https://localhost',
  'https://LOCALHOST',
  'https://localhost.',
  'https://app.localhost:8443',
  'https://redis',
  'https://printer.local',
  'https://metadata.google.internal',
  'https://metadata.google.internal.',
  'https://nas.home.arpa',
  'https://db.lan',
  'https://db.prod.corp',
  'https://DB.CORP.',
  'https://nas.home',
  'https://wiki.intranet',
  'https://vault.private',
  'https://box.localdomain',
  'https://redis.default.svc',
  'https://redis.default.svc.cluster.local',
  'https://redis.service.consul',
  'https://llm.test',
  'https://llm.invalid',
  'https://llm.example',
  'https://llm.onion',
  'https://llm.alt',
])('a config may not name what is not public: %s', (url) => {
  expect(policyOf().checkHost(url)).toBe(
    'must name a public host, or be allowed by the operator in WEIR_ALLOWED_HOSTS',
  );
});

test.each([
  ['http://llm.example.com/v1', /^must be https/],
  ['http://127.0.0.1', /^must be https/],
  ['ftp://llm.example.com', /^must be a URL, as https/],
  ['file:///etc/passwd', /^must be a URL, as https/],
  ['llm.example.com/v1', /^must be a URL, as https/],
  ['https:llm.example.com', /^must be a URL, as https/],
  ['https://', /^must be a URL, as https/],
  ['https://llm.example.com:99999', /^must be a URL, as https/],
  ['https://[fe80::1%25eth0]', /^must be a URL, as https/],
  ['https://llm.example.com/a b', /^must be a URL, as https/],
  ['https://llm.example.com\\@127.0.0.1', /^must be a URL, as https/],
  [' https://llm.example.com', /^must be a URL, as https/],
  ['https://llm.example.com@127.0.0.1', /without user/],
  ['https://user:hunter2@llm.example.com', /without user/],
  ['https://llm.example.com/v1?key=hunter2', /without user/],
  ['https://llm.example.com/v1?', /without user/],
  ['https://llm.example.com/v1#', /without user/],
])('what is no base URL is refused with a reason that does not repeat it: %s', (url, reason) => {
  const message = policyOf('127.0.0.1').checkHost(url.replace('http://127.0.0.1', 'http://127.0.0.2'));
  expect(message).toMatch(reason);
  expect(message).not.toContain('hunter2');
});

test('a config may name what the operator allows, at the port that is allowed', () => {
  const policy = policyOf('localhost:11434', '10.1.2.3:8000', '*.corp.example', '[fd00::1]:*');
  const allowed = [
    'http://localhost:11434',
    'https://localhost:11434',
    'http://10.1.2.3:8000/v1',
    'http://llm.corp.example/v1',
    'http://[fd00::1]:9000',
  ];
  expect(allowed.filter((url) => policy.checkHost(url) !== undefined)).toEqual([]);
  const others = ['http://localhost:11435', 'https://localhost', 'http://10.1.2.3', 'http://corp.example'];
  expect(others.filter((url) => policy.checkHost(url) === undefined)).toEqual([]);
});
