/** What hostile providers are asked with, and nobody else may see. */
export const canaryKey = 'sk-canary-hostile-4f1d9c07b2e84a6c93d5';
