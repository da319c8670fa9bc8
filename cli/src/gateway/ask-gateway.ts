import { type AdminClient, createAdminClient } from '@weir/admin-client/admin-client';
import type { AdminEndpoint } from '@weir/contracts/admin/admin-endpoint';
import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { writeLine } from '../terminal-text.ts';
import { describeRefusal } from './describe-refusal.ts';
import { findGateway, type Gateway, type GatewayChoice, isUnencrypted } from './find-gateway.ts';
import { createGatewayFetch } from './gateway-fetch.ts';

/** What every command that asks a gateway takes. */
export interface GatewayOptions extends GatewayChoice {
  readonly verbose?: boolean;
}

/** What is asked. */
export interface Question {
  readonly endpoint: AdminEndpoint;
  /** The command that shows what this one changes. */
  readonly showCommand: string;
  readonly idempotencyKey?: string | undefined;
  /** Where it is known already. */
  readonly gateway?: Gateway;
}

/** How long it takes to get there and back, besides what the service may take. */
const travelMs = 5_000;

export const addGatewayOptions = (command: Command): Command =>
  command
    .option('--url <url>', 'the gateway (default: WEIR_URL, else the profile, else the one of npm start)')
    .option('--profile <name>', 'what weir login has kept under this name')
    .option('--verbose', 'tell the requests that are made, without keys and contents');

/** Lends a client of the admin API. Rejects with a CommandError that says what to do where the gateway says no, or nothing. */
export async function askGateway<T>(
  { endpoint, gateway: known, ...question }: Question,
  { verbose, ...choice }: GatewayOptions,
  context: CommandContext,
  ask: (client: AdminClient, gateway: Gateway) => Promise<T>,
): Promise<T> {
  const { err, signal } = context;
  const gateway = known ?? (await findGateway(choice, context));
  const { adminKey, keySource, url } = gateway;
  if (isUnencrypted(url)) {
    writeLine(
      err,
      `weir: warning: what goes to ${url} is not encrypted, the admin key included. Use https where it can be read on the way.`,
    );
  }
  if (verbose) writeLine(err, `${url}, with the admin key from ${keySource}`);
  const fetch = createGatewayFetch({
    timeoutMs: endpoint.timeoutMs + travelMs,
    signal,
    log: verbose ? err : undefined,
  });
  try {
    return await ask(createAdminClient({ baseUrl: url, adminKey, fetch }), gateway);
  } catch (error) {
    throw describeRefusal(error, { ...question, endpoint, gateway });
  }
}
