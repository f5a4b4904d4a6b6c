import { describe, expect, it } from 'vitest'
import { kubernetes, kubernetesServer } from '../with-kubernetes.js'

describe.skipIf(kubernetes.missing)(`the API server of tests ${kubernetes.reason}`, () => {
  const test = kubernetesServer()

  it('takes what kubectl applies', async () => {
    const applied = await test.server.kubectl(['apply', '-f', '-'], {
      input: JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'default' }, data: { a: '1' } }),
    })
    expect(applied).toMatchObject({ code: 0, stdout: 'configmap/a created\n' })
  })

  it('lets a service account do what RBAC allows, and no more', async () => {
    await test.server.createNamespace('kuma-system')
    const token = await test.server.serviceAccountToken('kuma-system', 'default')
    const refused = await test.server.kubectl(['get', 'pods', '-n', 'kuma-system'], { token })
    expect(refused.stderr).toContain('User "system:serviceaccount:kuma-system:default" cannot list resource "pods"')
    await test.server.kubectl(['create', 'clusterrole', 'a', '--verb=list', '--resource=pods'])
    await test.server.kubectl(['create', 'clusterrolebinding', 'a', '--clusterrole=a', '--serviceaccount=kuma-system:default'])
    await expect.poll(async () => (await test.server.kubectl(['get', 'pods', '-n', 'kuma-system'], { token })).code).toBe(0)
  })

  it('gives Pods the service account token that a kubelet would mount', async () => {
    const pod = { metadata: { name: 'a' }, spec: { containers: [{ name: 'a', image: 'a' }] } }
    const { body } = await test.server.request('POST', '/api/v1/namespaces/kuma-system/pods', pod)
    expect(JSON.stringify(body)).toContain('/var/run/secrets/kubernetes.io/serviceaccount')
  })
})
