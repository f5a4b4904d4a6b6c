import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kinds } from '../../src/translate/kinds.js'
import { Session } from '../e2e/session.js'
import { kubernetes } from '../with-kubernetes.js'
import { kubernetesStores } from './stores.js'

interface Answer {
  readonly status: number
  readonly body: unknown
}

describe.skipIf(kubernetes.missing)(`kuma-cp in a cluster ${kubernetes.reason}`, () => {
  const test = kubernetesStores({ kinds })
  let session: Session | undefined

  beforeAll(async () => {
    if (kubernetes.missing) return
    session = await Session.start({ KUMA_ENVIRONMENT: 'kubernetes', KUBECONFIG: test.server.kubeconfig() })
    await session.becomeAdministrator()
  })
  afterAll(() => session?.stop())

  async function ask(path: string, method = 'GET', body?: object): Promise<Answer> {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${session?.api}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) })
    return { status: answer.status, body: await answer.json() }
  }

  it('brings the mesh "default" and shows it to kubectl', async () => {
    expect((await test.server.kubectl(['get', 'meshes', '-o', 'name'])).stdout).toBe('mesh.kuma.io/default\n')
    expect(await ask('/meshes/default')).toMatchObject({ status: 200, body: { type: 'Mesh', name: 'default' } })
  })

  it('shows in both forms what kubectl applies', async () => {
    const input = `
apiVersion: kuma.io/v1alpha1
kind: TrafficPermission
mesh: default
metadata: {name: everybody}
spec:
  sources: [{match: {kuma.io/service: '*'}}]
  destinations: [{match: {kuma.io/service: '*'}}]
`
    expect((await test.server.kubectl(['apply', '-f', '-'], { input })).stderr).toBe('')
    const path = '/meshes/default/traffic-permissions/everybody'
    await expect.poll(() => ask(path)).toMatchObject({ status: 200, body: { type: 'TrafficPermission', mesh: 'default' } })
    expect((await ask(`${path}?format=k8s`)).body).toMatchObject({
      apiVersion: 'kuma.io/v1alpha1',
      kind: 'TrafficPermission',
      mesh: 'default',
      metadata: { name: 'everybody' },
      spec: { sources: [{ match: { 'kuma.io/service': '*' } }] },
    })
  })

  it('refuses changes, and says where they are made', async () => {
    const refused = {
      status: 405,
      body: {
        title: 'Method not allowed',
        detail: 'this API is read-only: on Kubernetes resources are changed through the API of the cluster, as by kubectl apply',
      },
    }
    expect(await ask('/meshes/other', 'PUT', { type: 'Mesh', name: 'other' })).toMatchObject(refused)
    expect(await ask('/meshes/default', 'DELETE')).toMatchObject(refused)
  })
})
