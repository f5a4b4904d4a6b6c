import type { Kind } from '../../core/kind.js'
import { containerPatch } from './container-patch.js'
import { type Layout, group, layoutsOf, version } from './layout.js'
import { type StructuralSchema, anything, structuralSchema } from './structural.js'

/** As JSON; source: the apiextensions/v1 API reference. */
export interface CustomResourceDefinition {
  readonly apiVersion: 'apiextensions.k8s.io/v1'
  readonly kind: 'CustomResourceDefinition'
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly group: string
    readonly scope: 'Namespaced' | 'Cluster'
    readonly names: {
      readonly kind: string
      readonly listKind: string
      readonly plural: string
      readonly singular: string
      readonly shortNames?: readonly string[]
      readonly categories: readonly string[]
    }
    readonly versions: readonly {
      readonly name: string
      readonly served: boolean
      readonly storage: boolean
      readonly schema: { readonly openAPIV3Schema: StructuralSchema }
      readonly additionalPrinterColumns?: readonly PrinterColumn[]
    }[]
  }
}

export interface PrinterColumn {
  readonly name: string
  readonly type: string
  readonly jsonPath: string
  readonly description?: string
  /** Above 0: only in wide output. */
  readonly priority?: number
}

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
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: layout.namespaced ? 'Namespaced' : 'Cluster',
      names: {
        kind: type,
        listKind: `${type}List`,
        plural,
        singular: type.toLowerCase(),
        ...(kind?.shortName !== undefined && { shortNames: [kind.shortName] }),
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
                ...(layout.meshField && { mesh: { type: 'string' } }),
                [specField]: spec,
                ...((kind?.hasStatus || !checked) &&
                  specField === 'spec' && { status: checked ? { type: 'object', ...anything } : anything }),
              },
            },
          },
          ...(columns.length > 0 && { additionalPrinterColumns: columns }),
        },
      ],
    },
  }
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
