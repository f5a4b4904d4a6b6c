import type { MeshGatewayTls } from '../../core/kinds/mesh-gateway.js'
import type { Tags } from '../tags.js'

/*
 * What a gateway does with requests and connections, before it is Envoy configuration: MeshGatewayRoute, MeshHTTPRoute and
 * MeshTCPRoute say it, each in its own words.
 */

/** Hosts that share a filter chain and a route configuration. */
export interface GatewayHostGroup {
  /** Server name of the chain; `*` where one chain takes all. */
  readonly hostname: string
  readonly tls?: MeshGatewayTls
  readonly hosts: readonly GatewayHost[]
}

/** A virtual host and its route table. */
export interface GatewayHost {
  readonly hostname: string
  /** Tags of the site that the host belongs to: its clusters and policies go by them. */
  readonly tags: Tags
  readonly entries: readonly RouteEntry[]
}

/** One row of a route table: what it takes, and what becomes of it. */
export interface RouteEntry {
  readonly name?: string
  readonly match: RequestMatch
  /** Where requests go, by weight; empty where they are redirected. */
  readonly forward: readonly GatewayBackend[]
  readonly redirect?: Redirection
  readonly mirror?: { readonly backend: GatewayBackend; readonly percentage: number }
  readonly requestHeaders?: HeaderChanges
  readonly responseHeaders?: HeaderChanges
  readonly rewrite?: Rewrite
}

export interface GatewayBackend {
  /** Tags that select the endpoints; for a real service, `kuma.io/service` with the name of its port alone. */
  readonly tags: Tags
  readonly weight: number
  /** What the route speaks: the last resort where the backend doesn't say what it speaks. */
  readonly routeProtocol: 'http' | 'tcp'
  /** KRI of a real service's port. */
  readonly resource?: string
  /** The route names something that isn't there: requests get status 500. */
  readonly unresolved?: boolean
}

/** All that is given has to match. At most one of the paths is given. */
export interface RequestMatch {
  readonly exactPath?: string
  readonly prefixPath?: string
  readonly regexPath?: string
  readonly method?: string
  /** In the order: exact, by expression, present, absent, by prefix. */
  readonly headers?: readonly HeaderMatch[]
  readonly query?: readonly QueryMatch[]
}

export interface HeaderMatch {
  readonly kind: 'exact' | 'regex' | 'present' | 'absent' | 'prefix'
  readonly name: string
  readonly value?: string
}

export interface QueryMatch {
  readonly kind: 'exact' | 'regex'
  readonly name: string
  readonly value: string
}

export interface Redirection {
  /** 301, 302, 303, 307 or 308. */
  readonly status: number
  readonly scheme?: string
  readonly hostname?: string
  /** Absent: the port of the listener. */
  readonly port?: number
  readonly path?: PathRewrite
}

export interface HeaderChanges {
  readonly set?: readonly NamedValue[]
  readonly add?: readonly NamedValue[]
  readonly remove?: readonly string[]
}

export interface NamedValue {
  readonly name: string
  readonly value: string
}

export interface PathRewrite {
  readonly replaceFull?: string
  readonly replacePrefix?: string
}

export interface Rewrite extends PathRewrite {
  readonly hostname?: string
  /** The host that the request is sent to becomes its host name. */
  readonly hostToBackendHostname?: boolean
}
