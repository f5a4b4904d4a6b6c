import type { KubernetesApi } from '../../kubernetes-api/api.js'
import { ApiFailure } from '../../kubernetes-api/failure.js'
import type { MeshMarks } from './mesh-companions.js'

interface MeshObject {
  readonly metadata: { readonly uid: string; readonly annotations?: Readonly<Record<string, string>> }
}

/** Source: Kuma. */
const markAnnotation = 'k8s.kuma.io/mesh-defaults-generated'

/** What is said of Meshes by their objects in the cluster alone. */
export interface MeshObjects extends MeshMarks {
  /** The identity of the object; undefined: there is none. */
  uidOf(mesh: string): Promise<string | undefined>
}

export function createMeshObjects(api: Pick<KubernetesApi, 'send'>): MeshObjects {
  const pathOf = (mesh: string) => `/apis/kuma.io/v1alpha1/meshes/${encodeURIComponent(mesh)}`
  const find = (mesh: string) =>
    api.send<MeshObject>('GET', pathOf(mesh)).catch((error: unknown) => {
      if (error instanceof ApiFailure && error.status === 404) return undefined
      throw error
    })
  return {
    uidOf: async (mesh) => (await find(mesh))?.metadata.uid,
    // A Mesh that is gone needs nothing any more.
    async isMarked(mesh) {
      const object = await find(mesh)
      return object === undefined || object.metadata.annotations?.[markAnnotation] === 'true'
    },
    async mark(mesh) {
      const object = await find(mesh)
      if (object === undefined) return
      const { metadata } = object
      // With the version that was read: who wrote it meanwhile has it tried again.
      const body = { ...object, metadata: { ...metadata, annotations: { ...metadata.annotations, [markAnnotation]: 'true' } } }
      await api.send('PUT', pathOf(mesh), { body })
    },
  }
}
