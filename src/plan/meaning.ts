import type { Listener } from '../gen/envoy/config/listener/v3/listener.js'
import { HTTPFault } from '../gen/envoy/extensions/filters/http/fault/v3/fault.js'
import { LocalRateLimit } from '../gen/envoy/extensions/filters/http/local_ratelimit/v3/local_rate_limit.js'
import { faultMet, limitMet } from '../simulate/http-filters.js'
import { routeTaken } from '../simulate/http-walk.js'
import type { RouteTaken } from '../simulate/result.js'
import { unpack } from '../simulate/unpack.js'
import type { ResourceTypeName, SealedResource, Snapshot } from '../translate/snapshot.js'
import { endpointTexts } from './behaviour.js'
import { type ReadChain, readChains } from './chains.js'
import { destinationsOf } from './destinations.js'
import type { Sides } from './drops.js'
import type { Admission, Caller } from './permissions.js'
import type { Meaning } from './result.js'

export interface MeaningContext extends Sides {
  readonly callersBefore: readonly Caller[]
  readonly callersAfter: readonly Caller[]
  readonly admission: Admission
}

/** What a change of a resource means to traffic: what was said of it before, and is said now. */
export function meaningOf(
  type: ResourceTypeName,
  name: string,
  before: SealedResource | undefined,
  after: SealedResource | undefined,
  context: MeaningContext,
): Meaning[] {
  if (type === 'endpoints') return compareFacts(endpointFacts(name, before), endpointFacts(name, after))
  if (type !== 'listeners') return []
  const facts = (sealed: SealedResource | undefined, snapshot: Snapshot, callers: readonly Caller[]) =>
    sealed
      ? listenerFacts(name, sealed.message as Listener, snapshot, (chain) => context.admission(chain, callers))
      : new Map<string, string>()
  return compareFacts(facts(before, context.before, context.callersBefore), facts(after, context.after, context.callersAfter))
}

type Facts = Map<string, string>

function compareFacts(before: Facts, after: Facts): Meaning[] {
  const subjects = [...new Set([...before.keys(), ...after.keys()])]
  return subjects.flatMap((subject) => {
    const [was, is] = [before.get(subject), after.get(subject)]
    return was === is ? [] : [{ subject, ...(was !== undefined && { before: was }), ...(is !== undefined && { after: is }) }]
  })
}

function endpointFacts(name: string, sealed: SealedResource | undefined): Facts {
  if (!sealed) return new Map()
  const endpoints = endpointTexts(sealed)
  return new Map([[`endpoints of ${name}`, endpoints.length > 0 ? endpoints.join(', ') : 'none']])
}

function listenerFacts(name: string, listener: Listener, snapshot: Snapshot, admitted: (chain: ReadChain) => ReadonlySet<string>): Facts {
  const facts: Facts = new Map()
  for (const [i, chain] of readChains(listener, snapshot).entries()) {
    const place = (listener.filterChains?.length ?? 0) > 1 ? `${name}, chain ${i}` : name
    facts.set(`${place}: TLS`, chain.secured ? 'required' : 'none')
    if (chain.permissions.length > 0) facts.set(`${place}: callers`, [...admitted(chain)].sort().join(', ') || 'nobody')
    for (const [subject, text] of [...routeFacts(chain), ...filterFacts(chain)]) facts.set(unused(facts, `${place}: ${subject}`), text)
  }
  return facts
}

/** Several routes may match the same, the first of them wins: each is told. */
function unused(facts: Facts, subject: string): string {
  for (let count = 1; ; count++) {
    const numbered = count === 1 ? subject : `${subject} (${count})`
    if (!facts.has(numbered)) return numbered
  }
}

function routeFacts(chain: ReadChain): (readonly [string, string])[] {
  if (!chain.routes) return destinationsOf(chain).map(({ subject, clusters }) => [subject, sharesText(clusters)] as const)
  return (chain.routes.virtualHosts ?? []).flatMap((host) =>
    (host.routes ?? []).map((route, index) => {
      const taken = routeTaken(route, index, host)
      const subject = (chain.routes?.virtualHosts?.length ?? 0) > 1 ? `${host.name}: ${taken.match}` : taken.match
      const where = route.action?.$case === 'route' ? sharesText(taken.clusters) : (route.action?.$case ?? 'nothing')
      return [subject, [where, ...routeDetails(taken)].join('; ')] as const
    }),
  )
}

function routeDetails({ timeoutSeconds, retry, rewrite, mirrors }: RouteTaken): string[] {
  return [
    timeoutSeconds ? `timeout ${timeoutSeconds} s` : '',
    retry ? `${retry.retries} retries on ${retry.on}` : '',
    rewrite?.path ? `path becomes ${rewrite.path}` : '',
    rewrite?.host ? `host becomes ${rewrite.host}` : '',
    ...mirrors.map(({ cluster, share }) => `${percent(share)} mirrored to ${cluster}`),
  ].filter((text) => text !== '')
}

function filterFacts({ hcm }: ReadChain): (readonly [string, string])[] {
  return (hcm?.httpFilters ?? []).flatMap(({ configType }): (readonly [string, string])[] => {
    const any = configType?.$case === 'typedConfig' ? configType.typedConfig : undefined
    const fault = unpack(HTTPFault, any)
    const limit = unpack(LocalRateLimit, any)
    const met = limit && limitMet(limit)
    return [
      ...(fault ? [['fault', faultText(fault)] as const] : []),
      ...(met ? [['rate limit', `${met.requests} in ${met.perSeconds} s`] as const] : []),
    ]
  })
}

function faultText(fault: HTTPFault): string {
  const { delay, abort, bandwidth } = faultMet(fault)
  return [
    delay ? `${percent(delay.share)} delayed by ${delay.seconds} s` : '',
    abort ? `${percent(abort.share)} answered ${abort.status}` : '',
    bandwidth ? `${percent(bandwidth.share)} slowed to ${bandwidth.kilobitsPerSecond} kbit/s` : '',
  ]
    .filter((text) => text !== '')
    .join('; ')
}

function sharesText(clusters: readonly { readonly name: string; readonly share: number }[]): string {
  if (clusters.length === 0) return 'to nobody'
  return `to ${clusters.map(({ name, share }) => (share === 1 ? name : `${name} ${percent(share)}`)).join(', ')}`
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`
}
