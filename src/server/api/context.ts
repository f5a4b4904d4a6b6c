import type { FastifyInstance } from 'fastify'
import type { Kind, RawFault, Registry } from '../../core/kind.js'
import type { Store } from '../../core/store.js'
import type { ResourceWriter } from '../resource-writer.js'
import type { Access } from './access.js'

/** Which control plane this is, as `GET /` tells. */
export interface About {
  readonly product: string
  readonly version: string
  readonly hostname: string
  readonly instanceId: string
  readonly clusterId: string
  /** Where the user interface is, if there is one. */
  readonly gui?: string
}

/** What every family of routes may use. */
export interface ApiContext {
  readonly store: Store
  readonly registry: Registry
  readonly about: About
  readonly access: Access
  /** Name of the control plane's zone. */
  readonly zone: string
  /** Judges raw Envoy configuration inside of resources. Without it, such configuration is taken as it is. */
  readonly rawFault?: RawFault
  /** Stores what is handed in. */
  readonly writer: ResourceWriter
  /** Why nothing can be changed through the API, or false. */
  readonly readOnly: string | false
  /** Types of resources that are not stored but worked out, by families of their own. */
  readonly computed: ReadonlySet<string>
  clock(): Date
  /** The configuration as it may be shown. */
  config(): unknown
}

/** Adds routes that belong together; a file each. */
export type RouteFamily = (app: FastifyInstance, context: ApiContext) => void

export function isReadOnly(context: ApiContext, kind: Kind): boolean {
  return context.readOnly !== false || kind.readOnly === true
}
