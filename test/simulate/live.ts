import { toJson } from '../../src/protojson/index.js'
import { type CertificatePair, meshAuthority } from '../../src/server/certificates.js'
import { workloadCertificate } from '../../src/server/workload-certificate.js'
import type { Fleet, ProxyKey } from '../../src/translate/fleet.js'
import { names, spiffeId } from '../../src/translate/names.js'
import { identityUris } from '../../src/translate/identity-uris.js'
import type { IdentityMaterial } from '../../src/translate/secrets.js'
import { type Snapshot, resourceTypes } from '../../src/translate/snapshot.js'
import type { SnapshotJson } from '../../src/protojson/snapshot-json.js'
import { testCertificate } from '../../src/testing/test-certificate.js'
import { type RunningEnvoy, startEnvoy } from '../envoy/running.js'
import { layeredRuntime, staticConfig } from '../../src/testing/static-config.js'
import { type RandomWorld, virtualPlace } from './world.js'

const hour = 3_600_000

/** Starts one Envoy that is all proxies of some meshes at once, each at its own addresses, with real certificates. */
export async function startProxies(envoy: string, worlds: readonly RandomWorld[]): Promise<RunningEnvoy> {
  const pem = await testCertificate()
  const proxies = (await Promise.all(worlds.map(proxiesOf))).flat()
  const configs = proxies.map(({ snapshot, placeOf }, index) =>
    staticConfig(wholeJson(snapshot), index, pem, (socket) => ({ ...socket, address: placeOf(socket.address ?? '') })),
  )
  const dangling = configs.flatMap((config) => config.dangling)
  if (dangling.length > 0) throw new Error(dangling.join('\n'))
  return startEnvoy(envoy, {
    node: { id: 'all', cluster: 'all' },
    layeredRuntime,
    staticResources: {
      clusters: configs.flatMap(({ clusters }) => clusters),
      listeners: configs.flatMap(({ listeners }) => listeners.map(bound)),
      secrets: configs.flatMap(({ secrets }) => secrets),
    },
  })
}

/** Nobody redirects connections here: listeners that are handed them by others take them by themselves. */
function bound({ bindToPort: _, ...listener }: Record<string, unknown>): Record<string, unknown> {
  return listener
}

interface LiveProxy {
  readonly snapshot: Snapshot
  /** Where one of its addresses is on this machine. */
  readonly placeOf: (address: string) => string
}

async function proxiesOf({ fleet, otherZone, index, name }: RandomWorld): Promise<LiveProxy[]> {
  const issuer = createIssuer()
  const each = async (zone: Fleet) =>
    Promise.all(
      zone.proxies().map(async (proxy) => {
        const identity = await issuer(zone, proxy.mesh === undefined ? { ...proxy, mesh: name } : proxy)
        const { address: own = '', transparentProxying } =
          zone.mesh(name)?.dataplanes.find((one) => one.name === proxy.name)?.spec.networking ?? {}
        const placeOf = (address: string) =>
          !transparentProxying || address === own ? address : address === '0.0.0.0' ? own : virtualPlace(index, address)
        return { snapshot: zone.translate(proxy, { identity }).snapshot, placeOf }
      }),
    )
  return [...(await each(fleet)), ...(await each(otherZone))]
}

export type Issuer = (fleet: Fleet, proxy: ProxyKey) => Promise<IdentityMaterial | undefined>

/** Issues real certificates by the project's own CA: one authority a backend, one certificate for the same names. Of a zone egress its mesh is to be named. */
export function createIssuer(): Issuer {
  const authorities = new Map<string, Promise<CertificatePair>>()
  const certificates = new Map<string, Promise<CertificatePair>>()
  return async (fleet, { mesh = '', name, type }) => {
    const backend = fleet.mesh(mesh)?.mtls?.backend
    const dataplane = fleet.mesh(mesh)?.dataplanes.find((one) => one.name === name)
    if (backend === undefined || (!dataplane && type === undefined)) return undefined
    const ca = await once(authorities, backend, () => meshAuthority({ mesh, now: new Date(), lifetimeMs: hour }))
    const uris = dataplane ? identityUris(mesh, dataplane) : [spiffeId(mesh, names.zoneEgressService)]
    const issue = async () => workloadCertificate({ ca, uris, now: new Date(), lifetimeMs: hour })
    const { certificate, privateKey } = await once(certificates, `${backend} ${uris.join()}`, issue)
    return { certificateChain: bytes(certificate), privateKey: bytes(privateKey), trustedCas: new Map([[mesh, bytes(ca.certificate)]]) }
  }
}

const bytes = (text: string) => new TextEncoder().encode(text)

function once<T>(known: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const found = known.get(key) ?? make()
  known.set(key, found)
  return found
}

/** A snapshot as JSON, keys included. */
function wholeJson(snapshot: Snapshot): SnapshotJson {
  return Object.fromEntries(
    resourceTypes.map(({ name, typeUrl }) => [
      name,
      Object.fromEntries([...snapshot[name]].map(([key, { bytes }]) => [key, toJson(typeUrl, bytes)])),
    ]),
  )
}
