import { z } from 'zod';
import { parseHostPattern, type HostPattern } from './host-pattern.ts';

/** `WEIR_ALLOWED_HOSTS`: patterns with commas between them. Every one that is none is reported. */
export const allowedHostsSchema = z.string().transform((text, context): HostPattern[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .flatMap((part) => {
      const pattern = parseHostPattern(part);
      if (pattern) return [pattern];
      const message = `${JSON.stringify(part)} is not a host as gpu-box:8000, *.corp.example:443, [fd00::1]:* or llm.example.com`;
      context.addIssue({ code: 'custom', message, input: text });
      return [];
    }),
);
