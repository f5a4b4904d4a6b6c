import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { HeaderValueOption_HeaderAppendAction, type HeaderValueOption } from '../../../gen/envoy/config/core/v3/base.js'
import type { HealthCheck, HealthCheck_Payload } from '../../../gen/envoy/config/core/v3/health_check.js'
import { HealthCheckEventFileSink } from '../../../gen/envoy/extensions/health_check/event_sinks/file/v3/file.js'
import { CodecClientType } from '../../../gen/envoy/type/v3/http.js'
import { pack } from '../../envoy/any.js'
import { duration } from '../../envoy/duration.js'
import type { Protocol } from '../../protocol.js'
import { header } from '../../tags.js'
import type { HealthCheckConf } from './schema.js'

/** What is checked, by the service's protocol: in its own way, or by TCP where the policy switches that way off. */
export function healthCheckOf(conf: HealthCheckConf, protocol: Protocol, tags: string): HealthCheck | undefined {
  const checker = checkerOf(conf, protocol, tags)
  if (!checker) return undefined
  const optional = (text: string | undefined) => (text === undefined ? undefined : duration(text))
  const { eventLogPath } = conf
  return {
    healthChecker: checker,
    interval: duration(conf.interval ?? '1m'),
    timeout: duration(conf.timeout ?? '15s'),
    unhealthyThreshold: conf.unhealthyThreshold ?? 5,
    healthyThreshold: conf.healthyThreshold ?? 1,
    initialJitter: optional(conf.initialJitter),
    intervalJitter: optional(conf.intervalJitter),
    intervalJitterPercent: conf.intervalJitterPercent,
    eventLogger:
      eventLogPath === undefined
        ? undefined
        : [{ name: 'envoy.health_check.event_sinks.file', typedConfig: pack(HealthCheckEventFileSink, { eventLogPath }) }],
    alwaysLogHealthCheckFailures: conf.alwaysLogHealthCheckFailures,
    noTrafficInterval: optional(conf.noTrafficInterval),
    reuseConnection: conf.reuseConnection,
  }
}

function checkerOf({ tcp, http, grpc }: HealthCheckConf, protocol: Protocol, tags: string): HealthCheck['healthChecker'] {
  const own = protocol === 'grpc' ? grpc : protocol === 'http' || protocol === 'http2' ? http : protocol === 'tcp' ? tcp : undefined
  if (!own) return undefined
  if (own.disabled) return own === tcp || !tcp || tcp.disabled ? undefined : tcpCheck(tcp)
  if (own === tcp) return tcpCheck(tcp)
  return own === grpc && grpc
    ? { $case: 'grpcHealthCheck', grpcHealthCheck: { serviceName: grpc.serviceName, authority: grpc.authority } }
    : httpCheck(http ?? {}, protocol, tags)
}

/** Envoy wants hexadecimal text. As in Kuma, what it stands for is the text as written, not what that may encode. */
function tcpCheck({ send, receive }: NonNullable<HealthCheckConf['tcp']>): HealthCheck['healthChecker'] {
  const payload = (text: string): HealthCheck_Payload => ({ payload: { $case: 'text', text: bytesToHex(utf8ToBytes(text)) } })
  return {
    $case: 'tcpHealthCheck',
    tcpHealthCheck: { send: send === undefined ? undefined : payload(send), receive: receive?.map(payload) },
  }
}

function httpCheck(conf: NonNullable<HealthCheckConf['http']>, protocol: Protocol, tags: string): HealthCheck['healthChecker'] {
  const { APPEND_IF_EXISTS_OR_ADD, OVERWRITE_IF_EXISTS_OR_ADD } = HeaderValueOption_HeaderAppendAction
  const { add = [], set = [] } = conf.requestHeadersToAdd ?? {}
  const own: HeaderValueOption[] = tags ? [{ header: { key: header.tags, value: tags } }] : []
  return {
    $case: 'httpHealthCheck',
    httpHealthCheck: {
      path: conf.path ?? '/',
      requestHeadersToAdd: [
        ...own,
        ...add.flatMap((entry) => headers(entry, APPEND_IF_EXISTS_OR_ADD)),
        ...set.flatMap((entry) => headers(entry, OVERWRITE_IF_EXISTS_OR_ADD)),
      ],
      expectedStatuses: conf.expectedStatuses?.map((status) => ({ start: status, end: status + 1 })),
      codecClientType: protocol === 'http2' ? CodecClientType.HTTP2 : undefined,
    },
  }
}

/** One header for each of the values between commas. */
function headers({ name, value }: { name: string; value: string }, appendAction: HeaderValueOption['appendAction']): HeaderValueOption[] {
  return value.split(',').map((part) => ({ header: { key: name, value: part }, appendAction }))
}
