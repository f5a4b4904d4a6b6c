import { group, version } from './layout.js'
import type { StructuralSchema } from './structural.js'

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

export interface DefinedKind {
  readonly kind: string
  readonly plural: string
  readonly namespaced: boolean
  readonly shortName?: string
  /** Beside what every object of a cluster has. */
  readonly properties: Readonly<Record<string, StructuralSchema>>
  readonly columns?: readonly PrinterColumn[]
}

/** The definition of a kind in the group and version that all are in. */
export function customResourceDefinition(defined: DefinedKind): CustomResourceDefinition {
  const { kind, plural, namespaced, shortName, properties, columns = [] } = defined
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: namespaced ? 'Namespaced' : 'Cluster',
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: kind.toLowerCase(),
        ...(shortName !== undefined && { shortNames: [shortName] }),
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
              properties: { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: { type: 'object' }, ...properties },
            },
          },
          ...(columns.length > 0 && { additionalPrinterColumns: columns }),
        },
      ],
    },
  }
}
