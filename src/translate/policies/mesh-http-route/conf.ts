import type { BackendRef } from '../../backend-refs.js'

/** The parts of a MeshHTTPRoute that say where a request goes. Source: Kuma docs, "MeshHTTPRoute". */
export interface HttpRouteRule {
  readonly matches: readonly HttpMatch[]
  readonly default: { readonly filters?: readonly HttpFilterConf[]; readonly backendRefs?: readonly BackendRef[] }
}

export interface HttpMatch {
  readonly path?: PathMatch
  readonly method?: string
  readonly queryParams?: readonly { readonly type: 'Exact' | 'RegularExpression'; readonly name: string; readonly value: string }[]
  readonly headers?: readonly HeaderMatch[]
}

export interface PathMatch {
  readonly value: string
  readonly type: 'Exact' | 'PathPrefix' | 'RegularExpression'
}

export interface HeaderMatch {
  readonly type?: 'Exact' | 'Present' | 'RegularExpression' | 'Absent' | 'Prefix'
  readonly name: string
  readonly value?: string
}

export interface HeaderModifier {
  readonly set?: readonly { readonly name: string; readonly value: string }[]
  readonly add?: readonly { readonly name: string; readonly value: string }[]
  readonly remove?: readonly string[]
}

export interface PathRewrite {
  readonly type: 'ReplaceFullPath' | 'ReplacePrefixMatch'
  readonly replaceFullPath?: string
  readonly replacePrefixMatch?: string
}

export interface HttpFilterConf {
  readonly type: string
  readonly requestHeaderModifier?: HeaderModifier
  readonly responseHeaderModifier?: HeaderModifier
  readonly requestRedirect?: {
    readonly scheme?: string
    readonly hostname?: string
    readonly path?: PathRewrite
    readonly port?: number
    readonly statusCode?: number
  }
  readonly urlRewrite?: { readonly hostname?: string; readonly path?: PathRewrite; readonly hostToBackendHostname?: boolean }
  readonly requestMirror?: { readonly percentage?: number | string; readonly backendRef: BackendRef }
}

/**
 * The matches of a rule in the form that routes are named after: fields in a fixed order, what is absent left out.
 */
export function canonicalMatches(matches: readonly HttpMatch[]): string {
  return JSON.stringify(
    matches.map(({ path, method, queryParams, headers }) => ({
      path: path && { value: path.value, type: path.type },
      method,
      queryParams: queryParams?.map(({ type, name, value }) => ({ type, name, value })),
      headers: headers?.map(({ type, name, value }) => ({ type, name, value: value || undefined })),
    })),
  )
}
