import { applyAll } from '../src/core/apply.js'
import type { Issue } from '../src/core/issue.js'
import { parse } from '../src/core/parse.js'
import type { Resource } from '../src/core/resource.js'
import { placeholderIdentity, rawCodec, rawFault, snapshotJson } from '../src/protojson/index.js'
import { createFleet } from '../src/translate/fleet.js'
import { registry } from '../src/translate/kinds.js'
import type { ProxyOptions } from '../src/translate/translate.js'

/** Resources of a YAML text as a control plane stores them, created one after the other. @throws on a refusal */
export function stored(yaml: string): readonly Resource[] {
  const { resources, refusals } = applyAll(parse(yaml, registry, { rawFault }).items, { registry, defaultMesh: false })
  if (refusals.length > 0) throw new Error(JSON.stringify(refusals))
  return resources
}

/** Why the last resource of a YAML text is refused: `path: message`. */
export function refused(yaml: string): string[] {
  const refusal = parse(yaml, registry, { rawFault }).items.at(-1)?.refusal
  return refusal ? (refusal.violations ?? []).map(({ path, message }) => `${path}: ${message}`) : []
}

/** Any JSON, for looking into answers. */
// biome-ignore lint/suspicious/noExplicitAny: answers are looked into at will
type Json = any

export interface TranslatedProxy {
  readonly listeners: { readonly [name: string]: Json }
  readonly clusters: { readonly [name: string]: Json }
  readonly endpoints: { readonly [name: string]: Json }
  readonly routes: { readonly [name: string]: Json }
  readonly secrets: { readonly [name: string]: Json }
  readonly issues: readonly Issue[]
}

/** What a proxy of the mesh `shop` gets, as JSON. */
export function translated(yaml: string, proxy = 'web-1', options: ProxyOptions = {}): TranslatedProxy {
  const identity = placeholderIdentity(['shop'])
  const { snapshot, issues } = createFleet(stored(yaml)).translate({ mesh: 'shop', name: proxy }, { identity, rawCodec, ...options })
  return { listeners: {}, clusters: {}, endpoints: {}, routes: {}, secrets: {}, ...snapshotJson(snapshot), issues }
}

/** The connection manager or TCP proxy of a listener's first filter chain. */
export function lastFilter({ listeners }: Pick<TranslatedProxy, 'listeners'>, listener: string): Json {
  return listeners[listener]?.filterChains?.[0]?.filters?.at(-1)?.typedConfig
}

/** YAML of the mesh `shop`. */
export const shop = (more = '') => `type: Mesh\nname: shop\nskipCreatingInitialPolicies: ['*']\n${more}`

export interface DataplaneText {
  readonly protocol?: string
  readonly tags?: Readonly<Record<string, string>>
  readonly address?: string
  /** Services to dial, from port 9001 on. */
  readonly outbounds?: readonly string[]
  readonly networking?: string
}

/** YAML of the proxy `<service>-1`. */
export function dataplane(
  service: string,
  { protocol = 'http', tags = {}, address = '10.0.0.1', outbounds = [], networking = '' }: DataplaneText = {},
): string {
  const all = { 'kuma.io/service': service, 'kuma.io/protocol': protocol, ...tags }
  const inbound = JSON.stringify([{ port: 8080, tags: all }])
  const outbound = JSON.stringify(outbounds.map((name, i) => ({ port: 9001 + i, tags: { 'kuma.io/service': name } })))
  return `---\ntype: Dataplane\nmesh: shop\nname: ${service}-1\nnetworking: {address: '${address}', inbound: ${inbound}, outbound: ${outbound}${networking}}\n`
}

export interface PolicyText {
  readonly name?: string
  readonly from?: Readonly<Record<string, string>> | string
  readonly to?: Readonly<Record<string, string>> | string
}

/** YAML of a policy between services; everything to everything unless said otherwise. */
export function policy(type: string, conf?: object, { name = type.toLowerCase(), from = '*', to = '*' }: PolicyText = {}): string {
  const side = (match: PolicyText['from']) => JSON.stringify([{ match: typeof match === 'string' ? { 'kuma.io/service': match } : match }])
  const text = `---\ntype: ${type}\nmesh: shop\nname: ${name}\nsources: ${side(from)}\ndestinations: ${side(to)}\n`
  return conf ? `${text}conf: ${JSON.stringify(conf)}\n` : text
}

/** Each outbound to its own service. */
export const routeAll = policy('TrafficRoute', { destination: { 'kuma.io/service': '*' } }, { name: 'route-all' })
