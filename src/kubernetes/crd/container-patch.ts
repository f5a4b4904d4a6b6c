import { customResourceDefinition } from './custom-resource-definition.js'

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
export const containerPatch = customResourceDefinition({
  kind: 'ContainerPatch',
  plural: 'containerpatches',
  namespaced: true,
  properties: {
    mesh: { type: 'string' },
    spec: { type: 'object', properties: { sidecarPatch: steps, initPatch: steps } },
  },
})
