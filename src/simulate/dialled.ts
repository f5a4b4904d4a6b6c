import { nearest } from '../core/schema/nearest.js'
import { TrafficDirection } from '../gen/envoy/config/core/v3/base.js'
import type { Listener } from '../gen/envoy/config/listener/v3/listener.js'
import { tag } from '../translate/tags.js'
import { type SocketTarget, socketTarget } from './addresses.js'
import type { SimulatedProxy } from './proxies.js'
import type { SimulatedRequest } from './request.js'

/** The caller's listener that takes what is dialled, and the address that was meant; or why there is none. Of a gateway, it is one of its own. */
export type Dialled = { readonly listener: Listener; readonly target: SocketTarget } | { readonly problem: string }

export function dial(caller: SimulatedProxy, { to, port }: SimulatedRequest): Dialled {
  const gateway = caller.dataplane?.spec.networking?.gateway !== undefined
  const listeners = caller.listeners.filter((one) => gateway || one.trafficDirection !== TrafficDirection.INBOUND)
  const fits = (target: SocketTarget) => port === undefined || target.port === port
  const named = listeners.flatMap((listener) => {
    const target = socketTarget(listener.address)
    return target && (listener.name === to || servicesOf(listener).includes(to)) && fits(target) ? [{ listener, target }] : []
  })
  if (named[0]) return named[0]
  const [host, dialledPort] = splitPort(to)
  const wanted = dialledPort ?? port
  const addresses = isAddress(host)
    ? [host]
    : (caller.mesh?.vipDomains ?? []).filter(({ hostnames }) => hostnames.includes(host)).map(({ address }) => address)
  for (const address of addresses) {
    const bound = listeners.flatMap((listener) => {
      const target = socketTarget(listener.address)
      return target?.address === address && (wanted === undefined || target.port === wanted) ? [{ listener, target }] : []
    })
    if (bound[0]) return bound[0]
    const passthrough = listeners.find(
      (one) => one.useOriginalDst && (socketTarget(one.address)?.address.includes(':') ?? false) === address.includes(':'),
    )
    if (passthrough && wanted !== undefined) return { listener: passthrough, target: { address, port: wanted } }
  }
  return { problem: nothingListens(caller, to, listeners) }
}

/** The services that a listener leads to by its name: `kuma.io/service`, or the name of a MeshService and its family. */
function servicesOf({ metadata }: Listener): readonly string[] {
  const tags = (metadata?.filterMetadata?.['io.kuma.tags'] ?? {}) as Record<string, string>
  const identifier = tags[tag.unifiedName] ?? ''
  const [, kind = '', , , , name = ''] = identifier.startsWith('kri_') ? identifier.split('_') : []
  return [tags[tag.service] ?? '', identifier, ['msvc', 'mzsvc', 'extsvc'].includes(kind) ? name : ''].filter((text) => text !== '')
}

function nothingListens(caller: SimulatedProxy, to: string, listeners: readonly Listener[]): string {
  const known = [...new Set(listeners.flatMap((listener) => servicesOf(listener)[0] ?? listener.name ?? []))].sort()
  const meant = nearest(to, known)
  const hint = meant ? `. Did you mean "${meant}"?` : known.length > 0 ? `, but for ${known.map((name) => `"${name}"`).join(', ')}` : ''
  return `the proxy "${caller.key.name}" has no listener for "${to}"${hint}`
}

function splitPort(text: string): readonly [string, number | undefined] {
  const [, host = text, port] = /^\[?(.*?)\]?(?::(\d+))?$/.exec(text) ?? []
  // More than one colon and no bracket: an IPv6 address without a port.
  if (!text.startsWith('[') && text.split(':').length > 2) return [text, undefined]
  return [host, port === undefined ? undefined : Number(port)]
}

function isAddress(host: string): boolean {
  return /^\d+(\.\d+){3}$/.test(host) || host.includes(':')
}
