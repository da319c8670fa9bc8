import { request } from 'node:http';

const answerTimeoutMs = 1000;

/** Whether a Docker engine answers. Takes a millisecond where there is none: every test file asks. */
export function dockerAnswers(): Promise<boolean> {
  const host = new URL(process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock');
  const place =
    host.protocol === 'unix:' ? { socketPath: host.pathname } : { host: host.hostname, port: host.port };
  return new Promise((resolve) => {
    const ping = request({ ...place, path: '/_ping', timeout: answerTimeoutMs }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    ping.once('timeout', () => ping.destroy());
    ping.once('error', () => {
      resolve(false);
    });
    ping.end();
  });
}
