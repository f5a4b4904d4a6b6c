import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Term } from '../../src/core/leader.js'
import type { Resource } from '../../src/core/resource.js'
import { KubernetesApi } from '../../src/kubernetes-api/api.js'
import { findCluster } from '../../src/kubernetes-api/connection.js'
import { createLeaseLeader } from '../../src/server/kubernetes/lease-leader.js'
import { serviceAccountAuthenticator } from '../../src/server/kubernetes/service-account-authenticator.js'
import { silentLog } from '../../src/server/log.js'
import { kubernetes, kubernetesServer } from '../with-kubernetes.js'

const patience = { timeout: 60_000, interval: 20 }

describe.skipIf(kubernetes.missing)(
  `a cluster's Leases and tokens, on a real API server ${kubernetes.reason}`,
  { timeout: 120_000 },
  () => {
    const cluster = kubernetesServer()
    const opened: { close(): Promise<void> }[] = []

    beforeAll(async () => {
      for (const name of ['kuma-system', 'demo', 'other']) await cluster.server.createNamespace(name)
    }, 60_000)

    afterEach(async () => {
      for (const one of opened.splice(0).reverse()) await one.close()
    })

    async function connect(): Promise<KubernetesApi> {
      const api = new KubernetesApi(await findCluster({ kubeconfig: cluster.server.kubeconfig() }))
      opened.push(api)
      return api
    }

    describe('the leader', () => {
      let tokens = 0
      const store = { beginTerm: async () => ++tokens, writeInTerm: async () => [] }

      async function candidate(name: string, identity: string, send?: KubernetesApi['send']) {
        const api = await connect()
        const terms: Term[] = []
        const leader = createLeaseLeader({
          ...{ api: send ? { send } : api, store, identity, name, namespace: 'kuma-system', log: silentLog },
          ...{ leaseMs: 1_500, renewDeadlineMs: 1_000, retryMs: 50 },
        })
        opened.push(leader)
        leader.onTerm((term) => terms.push(term))
        return { leader, terms }
      }

      test('is one of all, and another one at once when it stops', async () => {
        const a = await candidate('one', 'a')
        await vi.waitFor(() => expect(a.terms).toHaveLength(1), patience)
        const b = await candidate('one', 'b')
        await sleep(300)
        expect(b.terms).toEqual([])
        await a.leader.close()
        expect(a.terms[0]?.over.aborted).toBe(true)
        await expect(a.terms[0]?.write([])).rejects.toMatchObject({ code: 'not-leader' })
        await vi.waitFor(() => expect(b.terms).toHaveLength(1), patience)
        expect(b.terms[0]?.token).toBeGreaterThan(a.terms[0]?.token ?? 0)
      })

      test('stops leading before another one can, when it no longer reaches the cluster', async () => {
        const api = await connect()
        let cut = false
        const send = ((...args: Parameters<KubernetesApi['send']>) =>
          cut ? Promise.reject(new Error('cut off')) : api.send(...args)) as KubernetesApi['send']
        const a = await candidate('cut', 'a', send)
        await vi.waitFor(() => expect(a.terms).toHaveLength(1), patience)
        const b = await candidate('cut', 'b')
        let both = false
        b.leader.onTerm(() => {
          both = !a.terms[0]?.over.aborted
        })
        cut = true
        await vi.waitFor(() => expect(b.terms).toHaveLength(1), patience)
        expect(both).toBe(false)
        const { body } = await cluster.server.request('GET', '/apis/coordination.k8s.io/v1/namespaces/kuma-system/leases/cut')
        expect(body).toMatchObject({ spec: { holderIdentity: 'b', leaseTransitions: 2 } })
      })
    })

    describe('a proxy', () => {
      const proxy = (name: string, labels: Record<string, string> = {}): Resource => ({
        type: 'Dataplane',
        mesh: 'default',
        name,
        labels,
        spec: {},
      })

      test('is believed with a token of its own namespace, account and Pod, and with no other', async () => {
        const { authenticate } = serviceAccountAuthenticator({ api: await connect() })
        const token = await cluster.server.serviceAccountToken('demo', 'default')
        const inDemo = { 'k8s.kuma.io/namespace': 'demo', 'k8s.kuma.io/service-account': 'default' }
        await authenticate(proxy('web.demo', inDemo), `Bearer ${token}`)
        await authenticate(proxy('web.demo'), token)
        const refused = (message: string) => ({ code: 'bad-token', message: expect.stringContaining(message) })
        await expect(authenticate(proxy('web.other', { 'k8s.kuma.io/namespace': 'other' }), token)).rejects.toMatchObject(
          refused('namespace ("demo")'),
        )
        await expect(authenticate(proxy('web.demo', { ...inDemo, 'k8s.kuma.io/service-account': 'web' }), token)).rejects.toMatchObject(
          refused('"default"'),
        )
        await expect(authenticate(proxy('web.demo', inDemo), undefined)).rejects.toMatchObject(refused('is required'))
        await expect(authenticate(proxy('web.demo', inDemo), 'Bearer forged.token.here')).rejects.toMatchObject(
          refused('does not know the token'),
        )
        await expect(authenticate(proxy('web.demo', inDemo), cluster.server.adminToken)).rejects.toMatchObject(
          refused('is no service account'),
        )
      })

      test('is believed with a token that is bound to a Pod only if it is that Pod', async () => {
        const { authenticate } = serviceAccountAuthenticator({ api: await connect() })
        const pod = { metadata: { name: 'web' }, spec: { serviceAccountName: 'default', containers: [{ name: 'app', image: 'app' }] } }
        const { body } = await cluster.server.request('POST', '/api/v1/namespaces/demo/pods', pod)
        const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name: 'web', uid: (body as { metadata: { uid: string } }).metadata.uid }
        const path = '/api/v1/namespaces/demo/serviceaccounts/default/token'
        const answer = await cluster.server.request('POST', path, { spec: { boundObjectRef } })
        const { token } = (answer.body as { status: { token: string } }).status
        await authenticate(proxy('web.demo'), token)
        await expect(authenticate(proxy('other.demo'), token)).rejects.toMatchObject({
          code: 'bad-token',
          message: 'token belongs to Pod "web", the proxy is "other.demo"',
        })
      })
    })
  },
)
