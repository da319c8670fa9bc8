import { deletePrice, exportPrices, listPrices, syncPrices, writePrice } from '@weir/contracts/admin/prices';
import { readJsonFile } from '../json-file.ts';
import { jsonText } from '../terminal-text.ts';
import { adminCommand, type AdminCommandGroup } from './admin-command.ts';
import type { FieldText } from './field-texts.ts';

const perMillion = (help: string): FieldText => ({
  value: 'usd',
  help: `dollars for a million tokens ${help}`,
});
const perCall = (help: string): FieldText => ({ value: 'usd', help: `dollars for each ${help}` });
const file = (help: string): FieldText => ({
  value: 'file',
  help: `a file of JSON: ${help}`,
  load: readJsonFile,
});

const model: FieldText = { value: 'model', help: 'its name at the provider, or a pattern as gpt-5*' };

export const priceCommands: AdminCommandGroup = {
  name: 'prices',
  aliases: ['price'],
  description: 'what models cost',
  commands: [
    adminCommand({
      verb: 'list',
      endpoint: listPrices,
      texts: {
        model,
        quarantined: { value: 'yes-or-no', help: 'a synced price waits to be accepted: true or false' },
      },
      columns: [
        'provider',
        'model',
        ['INPUT', 'price.input'],
        ['CACHED', 'price.cache_read'],
        ['OUTPUT', 'price.output'],
        'origin',
        ['PRICE ID', 'price.price_id'],
        ['WAITS, MOVED %', 'quarantined.moved_percent'],
      ],
    }),
    adminCommand({
      verb: 'set',
      endpoint: writePrice,
      texts: {
        model: { help: 'its name at the provider' },
        input: perMillion('of input'),
        output: perMillion('of output'),
        cache_read: perMillion('that are read from its cache'),
        cache_write_5m: perMillion('that are written to its cache for five minutes'),
        cache_write_1h: perMillion('that are written to its cache for an hour'),
        audio_input: perMillion('of audio in'),
        image_input: perMillion('of images in'),
        reasoning: perMillion('of reasoning'),
        audio_output: perMillion('of audio out'),
        per_request: perCall('request'),
        per_web_search: perCall('web search'),
        context_tiers: file('prices for long inputs'),
        service_tiers: file('prices by service tier'),
        effective_from: {
          value: 'time',
          help: 'from then on: in 30d, or 2027-01-31T12:00:00Z (default: now)',
        },
      },
      present: ({ provider, model: name, price, schedule }) => ({
        result: `${provider}/${name} costs $${price?.input ?? '-'} in and $${price?.output ?? '-'} out a million tokens now`,
        notes:
          schedule.length > 1 ? [`There are ${schedule.length} prices by date: see weir prices list.`] : [],
      }),
    }),
    adminCommand({
      verb: 'delete',
      endpoint: deletePrice,
      texts: { model: { help: 'its name at the provider' } },
      confirm: ({ provider, model: name }) =>
        `Take back the price of ${provider}/${name}? What was synced holds again, or what comes with the gateway, if anything does.`,
      present: ({ provider, model: name }) => ({ result: `deleted ${provider}/${name}` }),
    }),
    adminCommand({
      verb: 'sync',
      endpoint: syncPrices,
      texts: { accept: { value: 'a,b', help: 'take what waits: openai/gpt-5-mini, or "*" for all' } },
      present: ({ source, changed, accepted, quarantined }) => ({
        result: `${changed} changed, ${accepted} accepted, ${quarantined} wait`,
        notes: [
          ...(source === null ? ['There is nothing to sync from: set WEIR_PRICES_URL.'] : []),
          ...(quarantined > 0 ? ['See weir prices list --quarantined true'] : []),
        ],
      }),
    }),
    adminCommand({
      verb: 'export',
      endpoint: exportPrices,
      present: (list) => ({ result: jsonText(list) }),
    }),
  ],
};
