import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePorts } from '../../scripts/ports.js'
import type { Running } from '../../scripts/programs.js'
import { envoy } from '../with-envoy.js'
import { kubernetes, kubernetesServer } from '../with-kubernetes.js'
import { ClusterSession } from './cluster-session.js'

const missing = kubernetes.missing || envoy.missing
const injector = 'KUMA_RUNTIME_KUBERNETES_INJECTOR_SIDECAR_CONTAINER'

interface Insight {
  readonly status: {
    readonly subscriptions?: readonly {
      readonly disconnectTime?: string
      readonly status: {
        readonly lds?: { readonly responsesAcknowledged?: string }
        readonly total?: { readonly responsesRejected?: string }
      }
    }[]
  }
}

// The Pod's address is one of loopback, and the ports that a sidecar takes are free ones: what else runs on the machine has those of a Pod.
describe.skipIf(missing)(`a real sidecar, by what was injected ${kubernetes.reason} ${envoy.reason}`, () => {
  const test = kubernetesServer()
  let session: ClusterSession
  let sidecar: Running | undefined
  let [readiness, admin] = [0, 0]
  beforeAll(async () => {
    if (missing) return
    const [inbound, outbound, dns, probes, ...own] = await freePorts(6)
    ;[readiness = 0, admin = 0] = own
    session = await ClusterSession.start(test.server, {
      [`${injector}_REDIRECT_PORT_INBOUND`]: String(inbound),
      [`${injector}_REDIRECT_PORT_OUTBOUND`]: String(outbound),
      KUMA_RUNTIME_KUBERNETES_INJECTOR_BUILTIN_DNS_PORT: String(dns),
      KUMA_RUNTIME_KUBERNETES_APPLICATION_PROBE_PROXY_PORT: String(probes),
    })
  }, 180_000)
  afterAll(async () => {
    await sidecar?.stop()
    await session?.stop()
  })

  it('starts Envoy, which is ready as the kubelet asks', async () => {
    await session.server.createNamespace('apps', { 'kuma.io/sidecar-injection': 'enabled' })
    const service = { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] }
    await session.apply({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'apps' }, spec: service })
    const containers = [{ name: 'web', image: 'web', ports: [{ containerPort: 8080 }] }]
    const annotations = { 'kuma.io/envoy-admin-port': String(admin) }
    const metadata = { name: 'web', namespace: 'apps', labels: { app: 'web' }, annotations }
    await session.until(() => session.find('mesh', 'default'), 'there is no mesh "default"')
    expect(await session.apply({ apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers } })).toMatchObject({ code: 0 })
    await session.run('apps', 'web', '127.0.0.77')
    await session.until(() => session.find('dataplane', '-n', 'apps', 'web'), 'no Dataplane was made')
    sidecar = await session.startSidecar('apps', 'web', {
      ENVOY_PATH: envoy.path,
      KUMA_READINESS_PORT: String(readiness),
    })
    // As the kubelet asks for the sidecar's readiness.
    const ready = async () => (await fetch(`http://127.0.0.77:${admin}/ready`)).status === 200
    await session.until(ready, 'Envoy is not ready').catch((error: Error) => {
      throw new Error(`${error.message}\n--- kuma-dp\n${sidecar?.said().split('\n').slice(-40).join('\n')}`)
    })
  }, 180_000)

  it('is seen to have taken everything, by kubectl', async () => {
    const taken = async () => {
      const insight = await session.find<Insight>('dataplaneinsight', '-n', 'apps', 'web')
      const subscription = insight?.status.subscriptions?.find(({ disconnectTime }) => disconnectTime === undefined)
      return Number(subscription?.status.lds?.responsesAcknowledged ?? 0) > 0 ? subscription : undefined
    }
    const subscription = await session.until(taken, 'the insight does not tell')
    expect(Number(subscription.status.total?.responsesRejected ?? 0)).toBe(0)
  }, 90_000)
})
