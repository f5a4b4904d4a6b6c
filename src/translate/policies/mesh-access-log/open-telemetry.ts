import { type LogValues, fillFormat } from '../../access-log-format.js'
import { openTelemetryAccessLog } from '../../envoy/access-log.js'
import { jsonText } from '../../json-text.js'
import type { AccessLog } from '../../../gen/envoy/config/accesslog/v3/accesslog.js'
import type { AnyValue, KeyValue } from '../../../gen/opentelemetry/proto/common/v1/common.js'
import { anyValueOf, mapTexts } from './any-value.js'
import type { OpenTelemetryBackend } from './schema.js'

/** Envoy's logger to an OpenTelemetry collector. */
export function collectorLog(
  { body, attributes = [] }: OpenTelemetryBackend,
  clusterName: string,
  fallback: string,
  values: LogValues,
): AccessLog {
  const fill = (text: string) => fillFormat(text, values)
  return openTelemetryAccessLog({
    logName: 'MeshAccessLog',
    grpcService: { targetSpecifier: { $case: 'envoyGrpc', envoyGrpc: { clusterName } } },
    body: body === undefined ? text(fill(fallback)) : bodyOf(body, fill),
    attributes: { values: attributes.map(({ key, value }) => pair(fill(key), fill(value))) },
    resourceAttributes: { values: originOf(values) },
  })
}

/** What is no OTLP value is logged as the JSON text that it is. */
function bodyOf(body: unknown, fill: (text: string) => string): AnyValue {
  const value = anyValueOf(body)
  return value ? mapTexts(value, fill) : text(fill(jsonText(body)))
}

function originOf({ mesh, zone, workload }: LogValues): KeyValue[] {
  const pairs: KeyValue[] = [pair('kuma.mesh', mesh)]
  if (zone) pairs.push(pair('kuma.zone', zone))
  if (workload) pairs.push(pair('kuma.workload', workload))
  return pairs
}

const text = (stringValue: string): AnyValue => ({ value: { $case: 'stringValue', stringValue } })

const pair = (key: string, value: string): KeyValue => ({ key, value: text(value) })
