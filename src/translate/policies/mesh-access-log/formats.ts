import { type LogValues, fillFormat } from '../../access-log-format.js'
import type { LogFormat } from '../../envoy/access-log.js'
import { sortedFields } from '../../json-text.js'
import type { FormatConf } from './schema.js'

/** What is written to a file. */
export function fileFormat(conf: FormatConf | undefined, fallback: string, values: LogValues): LogFormat {
  return { format: content(conf, fallback, values), omitEmptyValues: conf?.omitEmptyValues }
}

/** What kuma-dp gets: the same, with the address that it is to send it to. */
export function tcpFormat(address: string, conf: FormatConf | undefined, fallback: string, values: LogValues): LogFormat {
  return { format: { address, message: content(conf, fallback, values) }, omitEmptyValues: conf?.omitEmptyValues }
}

function content(conf: FormatConf | undefined, fallback: string, values: LogValues): LogFormat['format'] {
  if (!conf || conf.plain !== undefined) return `${fillFormat(conf?.plain ?? fallback, values)}\n`
  return sortedFields(Object.fromEntries((conf.json ?? []).map(({ key, value }) => [key, fillFormat(value, values)])))
}
