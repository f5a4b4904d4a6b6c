/**
 * The host and port of a URL or path that Go's `url.ParseRequestURI` takes, or undefined where it fails. Ports are text and
 * empty when there is none; an absolute path has neither.
 */
export function parseRequestUri(
  text: string,
): { readonly scheme: string; readonly host: string; readonly port: string; readonly path: string } | undefined {
  if (text === '' || /[\p{Cc} ]/u.test(text)) return undefined
  if (text.startsWith('/')) return { scheme: '', host: '', port: '', path: text }
  const parts = /^([A-Za-z][A-Za-z0-9+.-]*):(?:\/\/([^/?]*))?([^?]*)/.exec(text)
  if (!parts) return undefined
  const [, scheme = '', authority, path = ''] = parts
  if (/%(?![0-9a-fA-F]{2})/.test(path)) return undefined
  if (authority === undefined) return { scheme: scheme.toLowerCase(), host: '', port: '', path }
  const address = authority.slice(authority.lastIndexOf('@') + 1)
  const host = /^(\[[^\]]*\]|[^:[\]]*)(?::(\d*))?$/.exec(address)
  if (!host || /[<>"\\^`{|}]/.test(address)) return undefined
  return { scheme: scheme.toLowerCase(), host: (host[1] ?? '').replace(/^\[|\]$/g, ''), port: host[2] ?? '', path }
}

/** Splits `host:port`, `[v6]:port`; undefined where Go's `net.SplitHostPort` fails. Either part may be empty. */
export function splitHostPort(text: string): { readonly host: string; readonly port: string } | undefined {
  const parts = /^(?:\[([^[\]]*)\]|([^:[\]]*)):([^:[\]]*)$/.exec(text)
  return parts ? { host: parts[1] ?? parts[2] ?? '', port: parts[3] ?? '' } : undefined
}
