import type { FilterChain, FilterChainMatch } from '../gen/envoy/config/listener/v3/listener_components.js'
import { FilterChainMatch_ConnectionSourceType } from '../gen/envoy/config/listener/v3/listener_components.js'
import type { Listener } from '../gen/envoy/config/listener/v3/listener.js'
import { isWithin } from './addresses.js'
import type { Connection } from './connection.js'
import { Unevaluated } from './unevaluated.js'

interface ChosenChain {
  readonly chain: FilterChain
  readonly index: number
}

/** What a connection looks like to the listener's filters: without an inspector, nothing is known of what it begins with. */
export interface Opening extends Pick<Connection, 'address' | 'port' | 'tls'> {
  /** What it begins like, where that is HTTP. */
  readonly begins?: 'http/1.1' | 'h2c'
}

/**
 * The filter chain that takes a connection. Envoy narrows the chains down one criterion after the other, each time to the most
 * specific that fits, and never comes back.
 */
export function chooseChain(
  { filterChains = [], defaultFilterChain, listenerFilters = [], filterChainMatcher }: Listener,
  opening: Opening,
): ChosenChain | undefined {
  if (filterChainMatcher) throw new Unevaluated('a filter chain matcher')
  const inspects = (name: string) => listenerFilters.some((filter) => filter.name === `envoy.filters.listener.${name}`)
  const tls = inspects('tls_inspector') ? opening.tls : undefined
  const alpn = tls?.alpn ?? (inspects('http_inspector') && !opening.tls && opening.begins ? [opening.begins] : [])
  const criteria: readonly Criterion[] = [
    only(
      (match) => match.destinationPort,
      (port) => (port === opening.port ? 1 : 0),
    ),
    only(
      (match) => match.prefixRanges,
      (ranges) => longest(ranges.map((range) => (isWithin(range, opening.address) ? (range.prefixLen ?? 0) + 1 : 0))),
    ),
    only(
      (match) => match.serverNames,
      (names) => longest(names.map((name) => serverNameFit(name, tls?.sni ?? ''))),
    ),
    only(
      (match) => match.transportProtocol || undefined,
      (protocol) => (protocol === (tls ? 'tls' : 'raw_buffer') ? 1 : 0),
    ),
    only(
      (match) => match.applicationProtocols,
      (protocols) => (protocols.some((protocol) => alpn.includes(protocol)) ? 1 : 0),
    ),
    only(sourceCriterion, () => {
      throw new Unevaluated('a filter chain that asks where connections come from')
    }),
  ]
  let left = filterChains.map((chain, index) => ({ chain, index }))
  for (const howWell of criteria) {
    const fits = left.map(({ chain }) => howWell(chain.filterChainMatch ?? {}))
    const best = Math.max(-1, ...fits)
    left = best < 0 ? [] : left.filter((_, i) => fits[i] === best)
  }
  const [chosen] = left
  return chosen ?? (defaultFilterChain && { chain: defaultFilterChain, index: filterChains.length })
}

/** How well a match fits: -1 not at all, 0 it asks for nothing, the more the more specific. */
type Criterion = (match: FilterChainMatch) => number

function only<T>(field: (match: FilterChainMatch) => T | undefined, howWell: (value: T) => number): Criterion {
  return (match) => {
    const value = field(match)
    if (value === undefined || (Array.isArray(value) && value.length === 0)) return 0
    return howWell(value) || -1
  }
}

const longest = (fits: readonly number[]) => Math.max(0, ...fits)

/** An exact name is more specific than any wildcard, a longer wildcard more than a shorter one. */
function serverNameFit(name: string, sni: string): number {
  if (name === sni.toLowerCase()) return sni === '' ? 0 : 1_000_000
  return name.startsWith('*.') && sni.toLowerCase().endsWith(name.slice(1)) ? name.length : 0
}

function sourceCriterion(match: FilterChainMatch): true | undefined {
  const { directSourcePrefixRanges = [], sourcePrefixRanges = [], sourcePorts = [], sourceType = 0 } = match
  const asks = directSourcePrefixRanges.length + sourcePrefixRanges.length + sourcePorts.length > 0
  return asks || sourceType !== FilterChainMatch_ConnectionSourceType.ANY || undefined
}
