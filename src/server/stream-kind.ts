import type { Node } from '../gen/envoy/config/core/v3/base.js'
import { DeltaDiscoveryRequest, DiscoveryRequest } from '../gen/envoy/service/discovery/v3/discovery.js'
import { type ResourceTypeName, resourceTypes } from '../translate/snapshot.js'
import { type DeltaRequest, delta } from './delta.js'
import type { Protocol } from './protocol.js'
import { type Responder, deltaResponder, sotwResponder } from './response-bytes.js'
import { type SotwRequest, sotw } from './sotw.js'

/** A request as it came over the wire. */
export interface DecodedRequest<Request> {
  readonly node: Node | undefined
  readonly typeUrl: string
  readonly nonce: string
  /** What it says, once its type is known to be served. */
  about(type: ResourceTypeName): Request
}

/** A protocol and how it is written. */
export interface StreamKind<Request> {
  readonly name: 'sotw' | 'delta'
  readonly protocol: Protocol<Request>
  /** @throws Error for bytes that are no request */
  decode(bytes: Uint8Array): DecodedRequest<Request>
  responder(identifier: string): Responder
}

export const sotwStream: StreamKind<SotwRequest> = {
  name: 'sotw',
  protocol: sotw,
  responder: sotwResponder,
  decode(bytes) {
    const {
      node,
      typeUrl = '',
      resourceNames: names = [],
      responseNonce: nonce = '',
      versionInfo: version = '',
      errorDetail,
    } = DiscoveryRequest.decode(bytes)
    return { node, typeUrl, nonce, about: (type) => ({ type, names, nonce, version, error: errorOf(errorDetail) }) }
  },
}

export const deltaStream: StreamKind<DeltaRequest> = {
  name: 'delta',
  protocol: delta,
  responder: deltaResponder,
  decode(bytes) {
    const request = DeltaDiscoveryRequest.decode(bytes)
    const { node, typeUrl = '', responseNonce: nonce = '', errorDetail } = request
    const {
      resourceNamesSubscribe: subscribe = [],
      resourceNamesUnsubscribe: unsubscribe = [],
      initialResourceVersions: initialVersions = {},
    } = request
    return {
      node,
      typeUrl,
      nonce,
      about: (type) => ({ type, subscribe, unsubscribe, initialVersions, nonce, error: errorOf(errorDetail) }),
    }
  },
}

/** An error is a refusal also where it says nothing. */
function errorOf(detail: DiscoveryRequest['errorDetail']): string | undefined {
  return detail && (detail.message || `error ${detail.code ?? 0} without a message`)
}

const byTypeUrl: ReadonlyMap<string, ResourceTypeName> = new Map(resourceTypes.map(({ typeUrl, name }) => [typeUrl, name]))

/**
 * The type that a URL names; `'unserved'`: one of Envoy's API that no proxy gets from here, so that it is never answered;
 * undefined: none at all.
 */
export function typeOf(typeUrl: string): ResourceTypeName | 'unserved' | undefined {
  return byTypeUrl.get(typeUrl) ?? (/^type\.googleapis\.com\/envoy\.[\w.]+\.v3\.\w+$/.test(typeUrl) ? 'unserved' : undefined)
}
