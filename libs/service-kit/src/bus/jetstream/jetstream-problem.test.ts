import { JetStreamApiError } from '@nats-io/jetstream';
import { errors } from '@nats-io/transport-node';
import { expect, test } from 'vitest';
import { jetStreamProblem, unstoredProblem } from './jetstream-problem.ts';

const apiError = (err_code: number) => new JetStreamApiError({ code: 503, err_code, description: 'no' });
const needs = { stream: 'USAGE', maxBytes: 2 ** 30, maxBytesSetting: 'WEIR_SIZE', replicas: 3 };

test.each([
  [10076, 'jetstream_disabled', /jetstream \{\}/],
  [10039, 'jetstream_disabled', /the account/],
  [10023, 'jetstream_quota_exceeded', /1024 MiB.*max_file_store.*WEIR_SIZE/],
  [10047, 'jetstream_quota_exceeded', /WEIR_SIZE/],
  [10002, 'jetstream_quota_exceeded', /WEIR_SIZE/],
  [10074, 'service_unavailable', /WEIR_NATS_REPLICAS/],
  [10005, 'service_unavailable', /on 3 servers.*WEIR_NATS_REPLICAS/],
  [10008, 'service_unavailable', /failed to create USAGE: no/],
])('error %i of JetStream is told as %s, with the setting to look at', (code, expected, words) => {
  expect(jetStreamProblem(apiError(code), 'create USAGE', needs)).toEqual({
    code: expected,
    message: expect.stringMatching(words) as string,
  });
});

test('a refused permission is told with its subject', () => {
  const refused = errors.PermissionViolationError.parse(
    'Permissions Violation for Publish to "$JS.API.INFO"',
  );
  for (const error of [refused, new errors.RequestError('refused', { cause: refused })]) {
    expect(jetStreamProblem(error, 'create USAGE')).toEqual({
      code: 'bus_permission_denied',
      message: expect.stringContaining('$JS.API.INFO') as string,
    });
  }
});

test('of events that are not stored it is told why, and what becomes of them', () => {
  expect(unstoredProblem(10077, 'maximum bytes exceeded')).toEqual({
    code: 'jetstream_quota_exceeded',
    message: expect.stringMatching(/maximum bytes exceeded.*10,000.*max_file_store/) as string,
  });
  expect(unstoredProblem(undefined, 'no stream listens').code).toBe('service_unavailable');
  expect(unstoredProblem(10076, 'off').code).toBe('jetstream_disabled');
});
