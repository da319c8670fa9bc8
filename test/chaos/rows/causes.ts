import { writeFileSync } from 'node:fs';
import { certificate } from '@weir/testkit/servers/certificate';
import { createTestRedis } from '@weir/testkit/servers/test-redis';
import { testMasterKey } from '@weir/testkit/gateway';
import { type ChaosNats, startOneNats } from '../chaos-nats.ts';
import { run } from '../processes.ts';
import type { StartRow } from '../row.ts';
import { scratchFile } from '../scratch.ts';
import { tryToStart, type Start } from '../start-service.ts';

type Environment = Readonly<Record<string, string>>;

interface Cause {
  readonly part: string;
  /** What is changed of the server's configuration. */
  readonly edit?: (config: string) => string;
  readonly settings: (nats: ChaosNats) => Environment;
  /** What the log has to say: the code, and the setting to look at. */
  readonly says: RegExp;
  /** Whether it ends, since no waiting heals it. */
  readonly ends?: boolean;
  readonly service?: 'cache' | 'router';
}

const fileOf = (name: string, text: string) => {
  const file = scratchFile(name);
  writeFileSync(file, text);
  return file;
};

/** The certificate is for 127.0.0.1, and for no other name that stands in NATS_URL here. */
function withTls(config: string): string {
  const files = [fileOf('server.crt', certificate.cert), fileOf('server.key', certificate.key)];
  const [cert, key] = files.map((file) => JSON.stringify(file));
  return `tls { cert_file: ${cert}, key_file: ${key} }\n${config}`;
}

function otherAuthority(): string {
  const file = scratchFile('other.crt');
  const ask =
    '-x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=other -keyout /dev/null';
  run('openssl', ['req', ...ask.split(' '), '-out', file]);
  return file;
}

/** NATS cannot be used, for a cause that an operator can mend: it is named with its setting, in seconds. */
const causes: Readonly<Record<string, Cause>> = {
  'wrong-password': {
    part: 'the password in `NATS_URL` is wrong',
    settings: (nats) => ({ NATS_URL: nats.urlFor('cache').replace(/:w[0-9a-f]+@/, ':wrong@') }),
    says: /bus_authentication_failed.*NATS_URL|NATS_URL.*bus_authentication_failed/,
  },
  'wrong-authority': {
    part: '`NATS_CA_FILE` holds another authority',
    edit: withTls,
    settings: (nats) => ({ NATS_URL: nats.urlFor('cache'), NATS_CA_FILE: otherAuthority() }),
    says: /bus_certificate_invalid.*NATS_CA_FILE|NATS_CA_FILE.*bus_certificate_invalid/,
  },
  'wrong-name': {
    part: "the server's certificate is for another name",
    edit: withTls,
    settings: (nats) => ({
      NATS_URL: nats.urlFor('cache').replace('127.0.0.1', 'localhost'),
      NATS_CA_FILE: fileOf('server.crt', certificate.cert),
    }),
    says: /bus_certificate_invalid.*NATS_URL|NATS_URL.*bus_certificate_invalid/,
  },
  'missing-authority-file': {
    part: 'the file of `NATS_CA_FILE` is missing',
    settings: (nats) => ({ NATS_URL: nats.urlFor('cache'), NATS_CA_FILE: scratchFile('missing.pem') }),
    says: /NATS_CA_FILE/,
    ends: true,
  },
  'nothing-listens': {
    part: 'nothing listens at `NATS_URL`',
    settings: () => ({ NATS_URL: 'nats://cache:none@127.0.0.1:1' }),
    says: /cannot be reached.*NATS_URL/,
  },
  'no-jetstream': {
    part: 'JetStream is not enabled',
    edit: (config) => config.replace(/jetstream \{[^}]*\}/, '').replace('jetstream: enabled', ''),
    settings: (nats) => ({ NATS_URL: nats.urlFor('router') }),
    says: /jetstream_disabled|JetStream is not enabled/,
    service: 'router',
  },
  'small-quota': {
    part: 'JetStream may keep less than the streams are to',
    edit: (config) => config.replace('jetstream {', 'jetstream {\n  max_file_store: 256MB'),
    settings: (nats) => ({ NATS_URL: nats.urlFor('router') }),
    says: /WEIR_USAGE_STREAM_MAX_BYTES/,
    service: 'router',
  },
};

const rowOf = ([name, cause]: [string, Cause]): StartRow => ({
  name: `start.${name}`,
  part: cause.part,
  done: 'a process is started',
  start: async () => {
    const { ends = false, says } = cause;
    const attempt = await start(cause);
    const { exitCode, isReady, log, tookMs } = attempt;
    const lines = log.split('\n');
    const line = lines.find((each) => says.test(each));
    const traces = lines.filter((each) => /nats|jetstream/i.test(each) && /\bat .*\.(js|ts):\d/.test(each));
    const [, code] = /"code":"(\w+)"/.exec(line ?? '') ?? [];
    const [setting] = /NATS_[A-Z_]*[A-Z]|WEIR_[A-Z]+_[A-Z_]*[A-Z]|jetstream \{\}/.exec(line ?? '') ?? [];
    const told = [code, setting].filter((name) => name !== undefined).map((name) => `\`${name}\``);
    return {
      tookMs,
      seen: `the log names ${told.join(' and ')}; ${ends ? 'the process ends' : 'it goes on trying'}`,
      problems: [
        ...(line === undefined ? [`the log does not say ${says.source}: ${log.slice(-1_500)}`] : []),
        ...(isReady ? ['it says that it is ready'] : []),
        ...(ends !== (exitCode === 1) ? [`its exit code is ${exitCode}`] : []),
        ...(tookMs > 15_000 ? ['it takes longer than fifteen seconds to say so'] : []),
        ...(traces.length > 0 ? [`${traces.length} stack traces: ${traces[0]?.slice(0, 300)}`] : []),
      ],
    };
  },
});

async function start({ edit, settings, says, service = 'cache' }: Cause): Promise<Start> {
  const [nats, redis] = await Promise.all([startOneNats(edit ? { edit } : {}), createTestRedis()]);
  try {
    const common = { REDIS_URL: redis.url, WEIR_MASTER_KEYS: testMasterKey, OPENAI_API_KEY: 'sk-chaos' };
    return await tryToStart(service, { ...common, ...settings(nats) }, { says });
  } finally {
    await Promise.all([nats.close(), redis.close()]);
  }
}

export const causeRows: StartRow[] = [
  ...Object.entries(causes).map(rowOf),
  {
    name: 'start.address-certificate',
    part: "the server's certificate is for its IP address",
    done: 'a process is started',
    start: async () => {
      const { isReady, log, tookMs } = await start({
        part: '',
        edit: withTls,
        settings: (nats) => ({
          NATS_URL: nats.urlFor('cache'),
          NATS_CA_FILE: fileOf('server.crt', certificate.cert),
        }),
        says: /bus_certificate_invalid/,
      });
      const problems = isReady ? [] : [`it is not ready: ${log.slice(-1_500)}`];
      return { tookMs, seen: 'it starts and is ready', problems };
    },
  },
];
