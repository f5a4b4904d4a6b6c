import type { CustomResourceDefinition } from './definition.js'
import { group, version } from './layout.js'

const steps = {
  type: 'array',
  items: {
    type: 'object',
    required: ['op', 'path'],
    properties: {
      op: { type: 'string', enum: ['add', 'remove', 'replace', 'move', 'copy'] },
      path: { type: 'string', description: 'Where, as a JSON pointer into the container.' },
      from: { type: 'string', description: 'Where from, for move and copy.' },
      value: { type: 'string', description: 'JSON text, for add and replace: a text value is written with its quotes.' },
    },
  },
}

/** Changes to injected containers, which Pods name by annotation. Kubernetes alone knows it. */
export const containerPatch: CustomResourceDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `containerpatches.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: {
      kind: 'ContainerPatch',
      listKind: 'ContainerPatchList',
      plural: 'containerpatches',
      singular: 'containerpatch',
      categories: ['kuma'],
    },
    versions: [
      {
        name: version,
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              apiVersion: { type: 'string' },
              kind: { type: 'string' },
              metadata: { type: 'object' },
              mesh: { type: 'string' },
              spec: { type: 'object', properties: { sidecarPatch: steps, initPatch: steps } },
            },
          },
        },
      },
    ],
  },
}
