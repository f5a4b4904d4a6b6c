import { HttpProtocolOptions_HeadersWithUnderscoresAction as Underscores } from '../../gen/envoy/config/core/v3/protocol.js'
import { Gzip } from '../../gen/envoy/extensions/compression/gzip/compressor/v3/gzip.js'
import { Compressor } from '../../gen/envoy/extensions/filters/http/compressor/v3/compressor.js'
import { LocalRateLimit } from '../../gen/envoy/extensions/filters/http/local_ratelimit/v3/local_rate_limit.js'
import { HttpConnectionManager_PathWithEscapedSlashesAction as EscapedSlashes } from '../../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.js'
import { pack } from '../envoy/any.js'
import { seconds } from '../envoy/duration.js'
import { hcmContent, httpFilter, insertBeforeRouter } from '../envoy/hcm.js'
import type { ChainContent } from '../envoy/listener.js'
import type { ProxyContext } from '../proxy.js'
import { edgeWindows } from './clusters.js'

/** Kuma's default timeouts for gateways, in seconds. */
export const gatewayTimeouts = { idle: 300, streamIdle: 5, requestHeaders: 0.5 } as const

const maxConcurrentStreams = 100

/** A chain that reads HTTP from clients who are not trusted, and fetches its routes by name. */
export function httpContent(routes: string, proxy: ProxyContext): ChainContent {
  const content = hcmContent({
    statsName: proxy.service,
    normalizePath: true,
    ipv6: proxy.metadata.ipv6Enabled,
    internalAddresses: proxy.internalAddresses,
    route: routes,
  })
  const { hcm } = content
  if (!hcm) return content
  hcm.serverName = 'Kuma Gateway'
  hcm.mergeSlashes = true
  hcm.pathWithEscapedSlashesAction = EscapedSlashes.UNESCAPE_AND_REDIRECT
  hcm.useRemoteAddress = true
  hcm.requestHeadersTimeout = seconds(gatewayTimeouts.requestHeaders)
  hcm.streamIdleTimeout = seconds(gatewayTimeouts.streamIdle)
  hcm.commonHttpProtocolOptions = {
    idleTimeout: seconds(gatewayTimeouts.idle),
    headersWithUnderscoresAction: Underscores.REJECT_REQUEST,
  }
  hcm.http2ProtocolOptions = { ...edgeWindows, maxConcurrentStreams, allowConnect: true }
  // Limits nothing until a route says so.
  insertBeforeRouter(hcm, httpFilter('envoy.filters.http.local_ratelimit', LocalRateLimit, { statPrefix: 'rate_limit' }))
  insertBeforeRouter(hcm, compressor())
  return content
}

function compressor() {
  return httpFilter('gzip-compress', Compressor, {
    compressorLibrary: { name: 'gzip', typedConfig: pack(Gzip, {}) },
    responseDirectionConfig: { disableOnEtagHeader: true },
  })
}
