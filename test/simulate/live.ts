import { toJson } from '../../src/protojson/index.js'
import { type CertificatePair, meshAuthority } from '../../src/server/certificates.js'
import { workloadCertificate } from '../../src/server/workload-certificate.js'
import { type Fleet, type ProxyKey, createFleet } from '../../src/translate/fleet.js'
import { identityUris } from '../../src/translate/identity-uris.js'
import type { IdentityMaterial } from '../../src/translate/secrets.js'
import { type Snapshot, resourceTypes } from '../../src/translate/snapshot.js'
import type { SnapshotJson } from '../../src/protojson/snapshot-json.js'
import { testCertificate } from '../../src/testing/test-certificate.js'
import { type RunningEnvoy, startEnvoy } from '../envoy/running.js'
import { layeredRuntime, staticConfig } from '../../src/testing/static-config.js'
import type { RandomMesh } from './mesh.js'

const hour = 3_600_000

/** Starts one Envoy that is all proxies of some meshes at once, each at its own addresses, with real certificates. */
export async function startProxies(envoy: string, meshes: readonly RandomMesh[]): Promise<RunningEnvoy> {
  const pem = await testCertificate()
  const snapshots = (await Promise.all(meshes.map(snapshotsOf))).flat()
  const configs = snapshots.map((snapshot, index) => staticConfig(wholeJson(snapshot), index, pem, (address) => address))
  const dangling = configs.flatMap((config) => config.dangling)
  if (dangling.length > 0) throw new Error(dangling.join('\n'))
  return startEnvoy(envoy, {
    node: { id: 'all', cluster: 'all' },
    layeredRuntime,
    staticResources: {
      clusters: configs.flatMap(({ clusters }) => clusters),
      listeners: configs.flatMap(({ listeners }) => listeners),
      secrets: configs.flatMap(({ secrets }) => secrets),
    },
  })
}

async function snapshotsOf({ resources }: RandomMesh): Promise<Snapshot[]> {
  const fleet = createFleet(resources)
  const issuer = createIssuer()
  return Promise.all(fleet.proxies().map(async (proxy) => fleet.translate(proxy, { identity: await issuer(fleet, proxy) }).snapshot))
}

export type Issuer = (fleet: Fleet, proxy: ProxyKey) => Promise<IdentityMaterial | undefined>

/** Issues real certificates by the project's own CA: one authority a backend, one certificate for the same names. */
export function createIssuer(): Issuer {
  const authorities = new Map<string, Promise<CertificatePair>>()
  const certificates = new Map<string, Promise<CertificatePair>>()
  return async (fleet, { mesh = '', name }) => {
    const backend = fleet.mesh(mesh)?.mtls?.backend
    const dataplane = fleet.mesh(mesh)?.dataplanes.find((one) => one.name === name)
    if (backend === undefined || !dataplane) return undefined
    const ca = await once(authorities, backend, () => meshAuthority({ mesh, now: new Date(), lifetimeMs: hour }))
    const uris = identityUris(mesh, dataplane)
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
