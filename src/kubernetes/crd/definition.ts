import type { Kind } from '../../core/kind.js'
import { containerPatch } from './container-patch.js'
import { type CustomResourceDefinition, type PrinterColumn, customResourceDefinition } from './custom-resource-definition.js'
import { type Layout, layoutsOf } from './layout.js'
import { type StructuralSchema, anything, structuralSchema } from './structural.js'

export interface DefinitionOptions {
  /** Whether specs are checked by their schemas, or anything is taken. Default: true. */
  readonly checked?: boolean
}

/**
 * The CustomResourceDefinitions of the kinds, by name, and of what only Kubernetes has (ContainerPatch). Secrets need none:
 * they are Kubernetes' own.
 */
export function definitions(kinds: readonly Kind[], options: DefinitionOptions = {}): readonly CustomResourceDefinition[] {
  const own = layoutsOf(kinds).flatMap((layout) => (layout.native === undefined ? [definition(layout, options)] : []))
  return [...own, containerPatch].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
}

function definition(layout: Layout, { checked = true }: DefinitionOptions): CustomResourceDefinition {
  const { type, plural, kind, specField } = layout
  const spec = checked && kind !== undefined ? specSchema(kind) : anything
  const columns = kind === undefined ? [] : columnsOf(kind)
  const status = (kind?.hasStatus || !checked) && specField === 'spec'
  return customResourceDefinition({
    kind: type,
    plural,
    namespaced: layout.namespaced,
    ...(kind?.shortName !== undefined && { shortName: kind.shortName }),
    properties: {
      ...(layout.meshField && { mesh: { type: 'string' } }),
      [specField]: spec,
      ...(status && { status: checked ? { type: 'object', ...anything } : anything }),
    },
    columns,
  })
}

function specSchema(kind: Kind): StructuralSchema {
  return structuralSchema(kind.schema(), {
    encoding: kind.encoding,
    open: kind.modernise !== undefined,
    ...(kind.retyped && { untyped: kind.retyped }),
  })
}

function columnsOf({ type, policy, proxyType, destinations, encoding }: Kind): readonly PrinterColumn[] {
  if (policy?.matching === 'targetRef') {
    return ['Kind', 'Name'].map((part) => ({
      name: `TargetRef ${part}`,
      type: 'string',
      jsonPath: `.spec.targetRef.${part.toLowerCase()}`,
    }))
  }
  if (type === 'Dataplane') return [0, 1, 2, 3].map(serviceColumn)
  if (proxyType !== undefined) return [{ name: 'zone', type: 'string', jsonPath: '.spec.zone' }]
  if (destinations !== undefined && encoding === 'openapi')
    return [{ name: 'Hostname', type: 'string', jsonPath: '.status.addresses[0].hostname' }]
  return []
}

function serviceColumn(index: number): PrinterColumn {
  return {
    name: 'kuma.io/service',
    type: 'string',
    description: `Service of inbound ${index + 1}`,
    jsonPath: `.spec.networking.inbound[${index}].tags['kuma\\.io/service']`,
    ...(index > 1 && { priority: 1 }),
  }
}
