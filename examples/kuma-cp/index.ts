/**
 * A control plane of one's own: a store, a mesh from YAML, the REST API, and xDS for proxies of this machine. Run it with
 *
 *     npx tsx examples/kuma-cp/index.ts [file.yaml]
 *
 * and start proxies with `KUMA_CONTROL_PLANE_BOOTSTRAP_SERVER_URL=http://127.0.0.1:<port> kuma-dp run`.
 */
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { parse, registry } from '@kuma/core'
import {
  ResourceWriter,
  bootstrapListener,
  createAdsServer,
  createApi,
  createBootstrapService,
  createControlPlane,
  createIdentityProvider,
  createUpkeep,
  serverCertificate,
  soleLeader,
  standardRules,
  startDpServer,
  trustingAuthenticator,
} from '@kuma/core/server'
import { createMemoryStore } from '@kuma/core/store/memory'

const zone = 'default'
const instanceId = 'example'
const clock = () => new Date()
const host = '127.0.0.1'

// Where resources are: `openEmbeddedStore({ path })` of @kuma/core/store/embedded keeps them on disk.
const store = createMemoryStore()
const rules = standardRules({ store, clock, unsafeDelete: false })
const writer = new ResourceWriter({ store, registry, zone, rules })

// Resources are put as `kumactl apply` puts them: checked, completed, a new Mesh with its policies and its CA.
const [file] = process.argv.slice(2)
const text = file ? readFileSync(file, 'utf8') : 'type: Mesh\nname: default'
const { resources, issues } = parse(text, registry)
for (const { level, path, message } of issues) console.error(`${level}: ${path}: ${message}`)
for (const resource of resources) {
  const { refusal } = await writer.put(resource)
  if (refusal) throw new Error(`${resource.type} "${resource.name}" was refused: ${JSON.stringify(refusal)}`)
}

// What each proxy gets, worked out as soon as something changes.
const identities = createIdentityProvider({ store })
const controlPlane = await createControlPlane({
  store,
  registry,
  zone,
  instanceId,
  writer,
  identities,
  authenticator: trustingAuthenticator,
})

// MeshServices of Dataplanes, virtual addresses, host names, states: what a control plane makes of its resources by itself.
const upkeep = createUpkeep({ store, leader: soleLeader(store), registry, zone })

// One port for proxies: xDS, and the bootstrap that they start with.
const certificate = await serverCertificate({ hosts: ['localhost', host], now: clock(), lifetimeMs: 24 * 3_600_000 })
const ads = createAdsServer({ host: controlPlane, instanceId })
const xds = { port: 0, certificate: certificate.certificate }
const bootstrap = createBootstrapService({ store, registry, authenticator: trustingAuthenticator, xds })
const proxies = await startDpServer({ host, port: 0, certificate, grpc: ads.connections(), http: bootstrapListener(bootstrap) })
xds.port = proxies.port

// The REST API that kumactl speaks with.
const about = { product: 'example', version: '0.1.0', hostname: hostname(), instanceId, clusterId: instanceId }
const api = createApi({ store, registry, about, zone })
const url = await api.listen({ host, port: 0 })

console.log(`API:     ${url}`)
console.log(`proxies: https://${host}:${proxies.port}`)

process.once('SIGTERM', async () => {
  await api.close()
  await ads.close()
  await proxies.close()
  await upkeep.close()
  await controlPlane.close()
  identities.close()
  await store.close()
})
