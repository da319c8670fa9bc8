import { ensureInstalled, runPinnedNode } from '../launcher/bootstrap.mjs';

/** What is evaluated is the first argument: a folder of eval/src. */
const [subject, ...options] = process.argv.slice(2);

ensureInstalled();
runPinnedNode(`eval/src/${subject}/main.ts`, options);
