import type { AccessLog } from '../../gen/envoy/config/accesslog/v3/accesslog.js'
import { FileAccessLog } from '../../gen/envoy/extensions/access_loggers/file/v3/file.js'
import { pack } from './any.js'

/** Envoy's logger of lines of text to a file (or a Unix socket). */
export function fileAccessLog(path: string, format: string): AccessLog {
  const logFormat = {
    format: { $case: 'textFormatSource' as const, textFormatSource: { specifier: { $case: 'inlineString' as const, inlineString: format } } },
  }
  const config: FileAccessLog = { path, accessLogFormat: { $case: 'logFormat', logFormat } }
  return { name: 'envoy.access_loggers.file', configType: { $case: 'typedConfig', typedConfig: pack(FileAccessLog, config) } }
}
