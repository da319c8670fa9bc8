import { z } from 'zod';

/** The proxy for an origin; undefined where the origin is asked directly. */
export type ProxyFor = (origin: string) => URL | undefined;

const proxyUrlSchema = z
  .string()
  .transform((text) => (text.includes('://') ? text : `http://${text}`))
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), {
    error: 'must be the http(s) URL of a proxy that takes CONNECT',
  })
  .transform((text) => new URL(text));

/** As curl and most others read them. A proxy's URL may hold a password. */
export const proxyFields = {
  HTTPS_PROXY: proxyUrlSchema.optional().meta({ secret: true }),
  /** Hosts that are asked directly: `*`, names with or without a port, and domains, as `corp.example` or `.corp.example`. */
  NO_PROXY: z.string().default(''),
};

export type ProxySettings = z.output<z.ZodObject<typeof proxyFields>>;

/** Proxies are for https alone: what is plain http lies in the operator's own network. */
export function createProxyFor({ HTTPS_PROXY: proxy, NO_PROXY: exceptions }: ProxySettings): ProxyFor {
  const direct = exceptions.split(/[\s,]+/).filter(Boolean);
  return (origin) => {
    const { protocol, hostname, port } = new URL(origin);
    if (protocol !== 'https:') return undefined;
    return direct.some((pattern) => isCovered(pattern, hostname, port || '443')) ? undefined : proxy;
  };
}

function isCovered(pattern: string, hostname: string, port: string): boolean {
  if (pattern === '*') return true;
  const [, name = '', only] = /^\*?\.?(.*?)(?::(\d+))?$/.exec(pattern.toLowerCase()) ?? [];
  return (only === undefined || only === port) && (hostname === name || hostname.endsWith(`.${name}`));
}
