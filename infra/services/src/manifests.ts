/** Every service that Weir consists of: to add one, add its line, and run `npm run generate`. */
export { manifest as cache } from '../../../services/cache/src/manifest.ts';
export { manifest as cost } from '../../../services/cost/src/manifest.ts';
export { manifest as guardrails } from '../../../services/guardrails/src/manifest.ts';
export { manifest as ingress } from '../../../services/ingress/src/manifest.ts';
export { manifest as keys } from '../../../services/keys/src/manifest.ts';
export { manifest as router } from '../../../services/router/src/manifest.ts';
