import type { AccessLog, AccessLogFilter } from '../../gen/envoy/config/accesslog/v3/accesslog.js'
import type { SubstitutionFormatString } from '../../gen/envoy/config/core/v3/substitution_format_string.js'
import { FileAccessLog } from '../../gen/envoy/extensions/access_loggers/file/v3/file.js'
import { ExpressionFilter } from '../../gen/envoy/extensions/access_loggers/filters/cel/v3/cel.js'
import { OpenTelemetryAccessLogConfig } from '../../gen/envoy/extensions/access_loggers/open_telemetry/v3/logs_service.js'
import { sortedFields } from '../json-text.js'
import { pack } from './any.js'

/** What is written for each request or connection: a line, or JSON. Envoy fills in its operators. */
export interface LogFormat {
  readonly format: string | Readonly<Record<string, unknown>>
  /** Leave out JSON fields, and write nothing instead of `-`, where an operator has no value. */
  readonly omitEmptyValues?: boolean
}

/** Envoy's logger to a file (or a Unix socket). */
export function fileAccessLog(path: string, { format, omitEmptyValues }: LogFormat): AccessLog {
  const logFormat: SubstitutionFormatString = {
    format:
      typeof format === 'string'
        ? { $case: 'textFormatSource', textFormatSource: { specifier: { $case: 'inlineString', inlineString: format } } }
        : { $case: 'jsonFormat', jsonFormat: sortedFields(format) },
    omitEmptyValues,
  }
  const config: FileAccessLog = { path, accessLogFormat: { $case: 'logFormat', logFormat } }
  return { name: 'envoy.access_loggers.file', configType: { $case: 'typedConfig', typedConfig: pack(FileAccessLog, config) } }
}

export function openTelemetryAccessLog(config: OpenTelemetryAccessLogConfig): AccessLog {
  const typedConfig = pack(OpenTelemetryAccessLogConfig, config)
  return { name: 'envoy.access_loggers.open_telemetry', configType: { $case: 'typedConfig', typedConfig } }
}

/** Logs only where a CEL expression holds. */
export function expressionFilter(expression: string): AccessLogFilter {
  const typedConfig = pack(ExpressionFilter, { expression })
  const extensionFilter = { name: 'envoy.access_loggers.extension_filters.cel', configType: { $case: 'typedConfig' as const, typedConfig } }
  return { filterSpecifier: { $case: 'extensionFilter', extensionFilter } }
}

/** Logs only where the request's dynamic metadata have the value; without one, only where they have none. */
export function metadataFilter(namespace: string, key: string, value: string | undefined): AccessLogFilter {
  const metadataFilter = {
    matchIfKeyNotFound: value === undefined,
    matcher: {
      filter: namespace,
      path: [{ segment: { $case: 'key' as const, key } }],
      value: {
        matchPattern:
          value === undefined
            ? { $case: 'nullMatch' as const, nullMatch: {} }
            : { $case: 'stringMatch' as const, stringMatch: { matchPattern: { $case: 'exact' as const, exact: value } } },
      },
    },
  }
  return { filterSpecifier: { $case: 'metadataFilter', metadataFilter } }
}
