import { isIpv6 } from './address.js'

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

const word = 'a-zA-Z0-9\\u00a1-\\uffff'
const prefixes = [
  '[a-zA-Z0-9][a-zA-Z0-9_-]*[a-zA-Z0-9](?:[-.][a-zA-Z0-9]+)*',
  'www\\.',
  '[a-zA-Z0-9](?:[-_.]?[a-zA-Z0-9])*[a-zA-Z0-9]\\.[a-zA-Z0-9]+',
]
const hostName = new RegExp(`^(?:${prefixes.join('|')})?[${word}]+(?:--?[${word}]+)*(?:\\.[a-zA-Z\\u00a1-\\uffff]+)?$`)

const octet = '\\d{1,2}|1\\d\\d|2[0-4]\\d|25[0-5]'
const octets = new RegExp(`^(?:[1-9]\\d?|1\\d\\d|2[01]\\d|22[0-3]|24\\d|25[0-5])(?:\\.(?:${octet})){3}$`)

/** Longest host that is looked at: no longer one can be resolved. */
const longestHost = 255

/** Whether a text is an address that the peer's URL rule takes: scheme, user, port and path may all be missing. */
export function isUrl(text: string): boolean {
  if ([...text].length >= 2083 || new TextEncoder().encode(text).length <= 3 || text.startsWith('.')) return false
  if (/\p{Cc}|%(?![0-9a-fA-F]{2})/u.test(text)) return false
  const schemed = /^(?:ftp|tcp|udp|wss?|https?):\/\//.exec(text)
  const rest = text.slice(schemed?.[0].length ?? 0)
  // Without a colon the text may be a path, which has to look like a file.
  const path = text.replace(/[?#].*$/s, '')
  if (!text.includes(':') && path !== '' && !path.includes('.')) return false
  if (isHostAndPath(rest)) return true
  const at = rest.search(/[/?#]/)
  const user = (at < 0 ? rest : rest.slice(0, at)).lastIndexOf('@')
  return user > 0 && !/\s/.test(rest.slice(0, user)) && isHostAndPath(rest.slice(user + 1))
}

function isHostAndPath(text: string): boolean {
  const parts = /^(\[[^\]]*\]|[^/?#:\s[\]]*?)\.?(?::(\d{1,5}))?(?:[/?#]\S*)?$/.exec(text)
  if (!parts) return false
  const [, host = ''] = parts
  if (octets.test(host)) return true
  return host.startsWith('[') ? isIpv6(host.slice(1, -1)) : host.length <= longestHost && hostName.test(host)
}
