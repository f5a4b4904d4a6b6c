import { afterAll, beforeAll } from 'vitest'
import type { Kind } from '../../src/core/kind.js'
import type { Store } from '../../src/core/store.js'
import { coreKinds } from '../../src/core/kinds/index.js'
import { type ClusterObject, KubernetesApi } from '../../src/kubernetes-api/api.js'
import { findCluster } from '../../src/kubernetes-api/connection.js'
import { definitions } from '../../src/kubernetes/crd/definition.js'
import { type Layout, layoutsOf } from '../../src/kubernetes/crd/layout.js'
import { keyOfObject } from '../../src/kubernetes/crd/mapping.js'
import { Head, type Planned } from '../../src/store/kubernetes/head.js'
import { type KubernetesStoreOptions, openKubernetesStore } from '../../src/store/kubernetes.js'
import { TrafficRoute } from '../../src/translate/policies/traffic-route/schema.js'
import { kubernetes, kubernetesServer } from '../with-kubernetes.js'
import type { KubernetesServer } from './server.js'

/** Those that the store contract writes; what is in them is its own invention. */
export const contractKinds: readonly Kind[] = [
  ...coreKinds.filter(({ type }) => ['Mesh', 'Dataplane', 'DataplaneInsight', 'Zone'].includes(type)),
  TrafficRoute,
]

export const systemNamespace = 'kuma-system'

export interface TestStores {
  readonly server: KubernetesServer
  /** Closes the stores and deletes all that they kept, as if the cluster were new. */
  empty(): Promise<void>
  /** Says, as a process that ends then, that these are to be created. */
  leaveHalfDone(objects: readonly ClusterObject[]): Promise<void>
  /** Opens a store that is closed before the cluster is emptied, and after the file's tests. */
  open(options?: Partial<KubernetesStoreOptions>): Promise<Store>
}

/** A cluster for the tests of a file or block, with the definitions of the kinds. */
export function kubernetesStores({ kinds, checked = true }: Pick<KubernetesStoreOptions, 'kinds' | 'checked'>): TestStores {
  const test = kubernetesServer()
  const crds = definitions(kinds, { checked })
  const opened: Store[] = []
  const api = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
  beforeAll(async () => {
    if (kubernetes.missing) return
    await test.server.createNamespace(systemNamespace)
    await Promise.all(crds.map((crd) => test.server.request('POST', api, crd)))
    await test.server.established()
    for (const { spec } of crds) await served(test.server, `/apis/${spec.group}/v1alpha1/${spec.names.plural}`)
  })
  const closeAll = async () => void (await Promise.all(opened.splice(0).map((store) => store.close())))
  afterAll(closeAll)
  return {
    get server() {
      return test.server
    },
    async empty() {
      await closeAll()
      const namespaced = (plural: string) => `/apis/kuma.io/v1alpha1/namespaces/${systemNamespace}/${plural}`
      const paths = crds.map(({ spec: { scope, names } }) =>
        scope === 'Namespaced' ? namespaced(names.plural) : `/apis/kuma.io/v1alpha1/${names.plural}`,
      )
      const own = ['secrets', 'configmaps'].map((plural) => `/api/v1/namespaces/${systemNamespace}/${plural}`)
      for (const path of [...paths, ...own]) await test.server.request('DELETE', path)
    },
    async leaveHalfDone(objects) {
      const api = new KubernetesApi(await findCluster({ kubeconfig: test.server.kubeconfig() }))
      const head = new Head(api, systemNamespace)
      const read = await head.read()
      const changes = objects.map((object): Planned => {
        const layout = layoutsOf(kinds).find(({ type }) => type === object.kind) as Layout
        return { op: 'create', key: keyOfObject(layout, object), place: { name: object.metadata.name }, object }
      })
      await head.replace(read, { ...read.state, pending: { id: 'left', changes, time: String(BigInt(read.state.time) + 1n) } })
      await api.close()
    },
    async open(options = {}) {
      const kubeconfig = test.server.kubeconfig()
      const store = await openKubernetesStore({ kinds: kinds as readonly Kind[], checked, systemNamespace, kubeconfig, ...options })
      opened.push(store)
      return store
    },
  }
}

/** A kind that was established just now is not always served yet. */
async function served(server: KubernetesServer, path: string): Promise<void> {
  for (;;) {
    const { status } = await server.request('GET', path)
    if (status === 200) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
