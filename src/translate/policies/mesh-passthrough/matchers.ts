import { isIPv6 } from '../../envoy/address.js'
import { type Protocol, isHttp } from '../../protocol.js'
import { cidrRange } from './cidr.js'
import type { PassthroughConf, PassthroughMatch } from './schema.js'

/** What destinations are told apart by. The stronger come later: Envoy prefers addresses to names, and exact ones to wide ones. */
const forms = ['wildcard', 'domain', 'cidr', 'cidr6', 'ip', 'ip6'] as const

export type Form = (typeof forms)[number]

/** One filter chain. Layer 7 protocols have one for all domains on a port, each domain a virtual host of it. */
export interface Matcher {
  readonly protocol: Protocol
  /** Absent: every port. */
  readonly port?: number
  readonly form: Form
  /** Empty where there are domains. */
  readonly value: string
  readonly domains: readonly string[]
}

/** What the matches of a conf let pass, the filter chains in Kuma's order. */
export function matchersOf({ appendMatch = [] }: PassthroughConf): Matcher[] {
  const matchers = new Map<string, Matcher & { domains: string[] }>()
  const add = (matcher: Omit<Matcher, 'domains'>, domains: readonly string[]) => {
    const key = JSON.stringify([matcher.protocol, matcher.port, matcher.form, matcher.value])
    const known = matchers.get(key)
    if (known) known.domains.push(...domains.filter((domain) => !known.domains.includes(domain)))
    else matchers.set(key, { ...matcher, domains: [...domains] })
  }
  const ports = new Set(appendMatch.flatMap(({ port }) => port ?? []))
  for (const match of appendMatch) {
    const { protocol, value } = match
    const byHost = match.type === 'Domain' && isHttp(protocol)
    // Envoy looks at ports first: what holds for every port has to stand beside what is said of one.
    for (const port of match.port === undefined ? [undefined, ...ports] : [match.port]) {
      if (byHost) add({ protocol, port, form: 'domain', value: '' }, [value])
      else add({ protocol, port, form: formOf(match), value }, [])
    }
  }
  return [...matchers.values()].map((matcher) => ({ ...matcher, domains: matcher.domains.sort(compareHosts) })).sort(compareMatchers)
}

/** Ports on which several layer 7 protocols meet: Envoy can't tell them apart. */
export function contestedPorts({ appendMatch = [] }: PassthroughConf): (number | undefined)[] {
  const protocols = new Map<number | undefined, Set<string>>()
  for (const { port, protocol } of appendMatch) {
    if (isHttp(protocol)) protocols.set(port, (protocols.get(port) ?? new Set()).add(protocol))
  }
  return [...protocols].flatMap(([port, known]) => (known.size > 1 ? [port] : []))
}

function formOf({ type, value }: PassthroughMatch): Form {
  if (type === 'Domain') return value.startsWith('*') ? 'wildcard' : 'domain'
  if (type === 'CIDR') return isIPv6(value) ? 'cidr6' : 'cidr'
  return isIPv6(value) ? 'ip6' : 'ip'
}

const compare = <T extends string | number>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0)

/** MySQL counts as TLS: Kuma gives it no rank of its own. */
const protocolRank: Partial<Record<Protocol, number>> = { tls: 0, mysql: 0, tcp: 1, http: 2, http2: 3, grpc: 4 }

function compareMatchers(a: Matcher, b: Matcher): number {
  return (
    compare(protocolRank[a.protocol] ?? 0, protocolRank[b.protocol] ?? 0) ||
    compare(forms.indexOf(b.form), forms.indexOf(a.form)) ||
    compare(b.port ?? 0, a.port ?? 0) ||
    compareValues(a, b)
  )
}

function compareValues(a: Matcher, b: Matcher): number {
  if (a.form === 'domain' || a.form === 'wildcard') return compareDomains(a.value, b.value)
  if (a.form === 'ip' || a.form === 'ip6') return compare(b.value, a.value)
  const [rangeA, rangeB] = [cidrRange(a.value), cidrRange(b.value)]
  return compare(rangeB?.prefixLen ?? 0, rangeA?.prefixLen ?? 0) || compare(rangeB?.addressPrefix ?? '', rangeA?.addressPrefix ?? '')
}

/** Deeper domains first. */
function compareDomains(a: string, b: string): number {
  return compare(b.split('.').length, a.split('.').length) || compare(a, b)
}

function compareHosts(a: string, b: string): number {
  return compare(Number(a.startsWith('*')), Number(b.startsWith('*'))) || compareDomains(a, b)
}
