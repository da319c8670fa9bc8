const defaultPort = '11434';

/**
 * The URL that `OLLAMA_HOST` means, in every form that Ollama itself takes: `http://gpu-box:11434`, `gpu-box`,
 * `127.0.0.1:11434`, `:11434`, `0.0.0.0`. Throws a TypeError where it is none.
 */
export function ollamaBaseUrl(host: string): string {
  const address = host.trim();
  if (address.includes('://')) return toCall(new URL(address));
  const url = new URL(`http://${address.startsWith(':') ? '127.0.0.1' : ''}${address}`);
  if (url.port === '') url.port = defaultPort;
  return toCall(url);
}

/** An address to listen on is no address to call. */
function toCall(url: URL): string {
  if (url.hostname === '0.0.0.0') url.hostname = '127.0.0.1';
  return url.href.replace(/(?<!\/)\/+$/, '');
}
