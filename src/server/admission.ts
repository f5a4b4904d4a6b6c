import { KumaError } from '../core/errors.js'
import type { Resource, ResourceKey } from '../core/resource.js'
import type { MeshIdentitySpec } from '../core/kinds/mesh-identity.js'
import { identitySelecting, spiffePathOf } from '../core/workload-identity.js'
import type { LiveFleet } from './live-fleet.js'
import { type NodeIdentity, proxyKey } from './node.js'
import type { Registration } from './registration.js'
import type { Admission } from './session-host.js'
import type { ProxyAuthenticator } from './tokens/proxy-authenticator.js'

export interface AdmissionOptions {
  readonly live: Pick<LiveFleet, 'fleet' | 'find' | 'ofType' | 'reached'>
  readonly authenticator: ProxyAuthenticator
  readonly registration?: Registration
}

/**
 * Decides whether a proxy may be served: its resource is there, or it brings one along; it has proven who it is; and it is one
 * of this zone's.
 */
export async function admitProxy(
  { live, authenticator, registration }: AdmissionOptions,
  { proxy, metadata }: NodeIdentity,
  credential: string | undefined,
): Promise<Admission> {
  const brought = registration?.read(metadata, proxy)
  if (typeof brought === 'string') return { ok: false, reason: 'invalid-argument', message: brought }
  const stored = live.find(proxy)
  const resource = brought ?? stored
  if (!resource) return { ok: false, reason: 'not-found', message: `there is no ${describe(proxy)}: apply it, or hand it to kuma-dp` }
  // Who may not speak for the proxy that is there, may not replace it either.
  for (const claimed of new Set([resource, stored ?? resource])) {
    const doubt = await doubtOf(authenticator, claimed, credential)
    if (doubt !== undefined) return { ok: false, reason: 'unauthenticated', message: doubt }
  }
  const nameless = brought && missingWorkload(brought, live)
  if (nameless !== undefined) return { ok: false, reason: 'invalid-argument', message: nameless }
  if (brought && registration) {
    const registered = await registration.register(brought)
    if (typeof registered === 'string') return { ok: false, reason: 'invalid-argument', message: registered }
    await live.reached(registered)
  }
  if (!live.fleet.has(proxyKey(proxy))) return { ok: false, reason: 'not-found', message: `${describe(proxy)} is not one of this zone's` }
  return { ok: true }
}

/** A proxy that its MeshIdentity names by its workload has to say which that is. Source: Kuma's workload label validator. */
function missingWorkload({ type, mesh, labels }: Resource, live: Pick<LiveFleet, 'ofType'>): string | undefined {
  if (type !== 'Dataplane' || labels['kuma.io/workload']) return undefined
  const identities = [...live.ofType('MeshIdentity')].filter((identity) => identity.mesh === mesh) as Resource<MeshIdentitySpec>[]
  const selecting = identitySelecting(labels, identities)
  const path = selecting && spiffePathOf(selecting, 'universal')
  if (path === undefined || !/\{\{\s*(\.Workload|label\s+"kuma\.io\/workload")\s*\}\}/.test(path)) return undefined
  return `missing required label 'kuma.io/workload' - dataplane is selected by MeshIdentity '${selecting?.name}' with path template '${path}'`
}

/** Why the proxy is not believed. What fails for other reasons than the credential is thrown on. */
export async function doubtOf(
  authenticator: ProxyAuthenticator,
  proxy: Resource,
  credential: string | undefined,
): Promise<string | undefined> {
  try {
    await authenticator.authenticate(proxy, credential)
    return undefined
  } catch (error) {
    if (error instanceof KumaError && (error.code === 'bad-token' || error.code === 'no-signing-key')) return error.message
    throw error
  }
}

/** For messages: `Dataplane "dp-1" of mesh "default"`. */
export function describe({ type, mesh, name }: ResourceKey): string {
  return mesh === undefined ? `${type} "${name}"` : `${type} "${name}" of mesh "${mesh}"`
}
