import { base64Decode } from '@bufbuild/protobuf/wire'
import { bytesToHex } from '@noble/hashes/utils.js'
import { HeaderValueOption_HeaderAppendAction, type HeaderValueOption } from '../../../gen/envoy/config/core/v3/base.js'
import type { HealthCheck, HealthCheck_HttpHealthCheck, HealthCheck_Payload } from '../../../gen/envoy/config/core/v3/health_check.js'
import { CodecClientType } from '../../../gen/envoy/type/v3/http.js'
import { duration } from '../../envoy/duration.js'
import type { Protocol } from '../../protocol.js'
import type { HeaderToAdd, HealthCheckConf, HttpCheck, TcpCheck } from './schema.js'

const optional = (text: string | undefined) => (text === undefined ? undefined : duration(text))

/** Envoy's health checks for a conf: one for TCP, one for HTTP, or a mere connection attempt where neither is given. */
export function healthChecks(conf: HealthCheckConf, protocol: Protocol): HealthCheck[] {
  const checks: HealthCheck['healthChecker'][] = []
  if (conf.tcp || !conf.http) checks.push({ $case: 'tcpHealthCheck', tcpHealthCheck: tcpCheck(conf.tcp ?? {}) })
  if (conf.http) checks.push({ $case: 'httpHealthCheck', httpHealthCheck: httpCheck(conf.http, protocol) })
  return checks.map((healthChecker) => ({
    healthChecker,
    interval: optional(conf.interval),
    timeout: optional(conf.timeout),
    unhealthyThreshold: conf.unhealthyThreshold ?? 0,
    healthyThreshold: conf.healthyThreshold ?? 0,
    initialJitter: optional(conf.initialJitter),
    intervalJitter: optional(conf.intervalJitter),
    intervalJitterPercent: conf.intervalJitterPercent,
    eventLogPath: conf.eventLogPath,
    alwaysLogHealthCheckFailures: conf.alwaysLogHealthCheckFailures,
    noTrafficInterval: optional(conf.noTrafficInterval),
    reuseConnection: conf.reuseConnection,
  }))
}

function tcpCheck({ send, receive }: TcpCheck) {
  return { send: send === undefined ? undefined : payload(send), receive: receive?.map(payload) }
}

/** Envoy takes payloads in hexadecimal. */
function payload(base64: string): HealthCheck_Payload {
  return { payload: { $case: 'text', text: bytesToHex(base64Decode(base64)) } }
}

function httpCheck({ path, requestHeadersToAdd, expectedStatuses }: HttpCheck, protocol: Protocol): HealthCheck_HttpHealthCheck {
  return {
    path,
    requestHeadersToAdd: requestHeadersToAdd?.map(headerToAdd),
    expectedStatuses: expectedStatuses?.map((status) => ({ start: status, end: status + 1 })),
    codecClientType: protocol === 'http2' ? CodecClientType.HTTP2 : CodecClientType.HTTP1,
  }
}

function headerToAdd({ header, append = true }: HeaderToAdd): HeaderValueOption {
  const { APPEND_IF_EXISTS_OR_ADD, OVERWRITE_IF_EXISTS_OR_ADD } = HeaderValueOption_HeaderAppendAction
  return {
    header: { key: header?.key, value: header?.value },
    appendAction: append ? APPEND_IF_EXISTS_OR_ADD : OVERWRITE_IF_EXISTS_OR_ADD,
  }
}
