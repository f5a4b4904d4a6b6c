import type { Admin } from '../../gen/envoy/config/bootstrap/v3/bootstrap.js'
import { FileAccessLog } from '../../gen/envoy/extensions/access_loggers/file/v3/file.js'
import { socketAddress } from '../envoy/address.js'
import { pack } from '../envoy/any.js'
import { socketPath } from '../sockets.js'
import type { BootstrapRequest } from './request.js'

/** Where Envoy's admin interface is. */
export interface AdminInterface {
  readonly address: string
  readonly port: number
  /** A Unix socket that takes the place of address and port; the port is then only a name for the proxy's listener. */
  readonly socketPath?: string
  readonly accessLogPath: string
}

export interface AdminOptions {
  /** An IP address. Default: 127.0.0.1. */
  readonly address?: string
  /** Port of proxies that name none. Default: 9901; 0: they get no admin interface. */
  readonly port?: number
  /** Prefer a Unix socket in the proxy's work folder, out of other programs' reach. Default: yes. */
  readonly unixSocket?: boolean
  /** Default: /dev/null. */
  readonly accessLogPath?: string
}

/**
 * The port is the one in the proxy's resource, else the one it asks for, else the control plane's. A proxy that asks for
 * a port gets a TCP port, since it wants to be reached there.
 */
export function adminInterface(request: BootstrapRequest, resourcePort: number, options: AdminOptions = {}): AdminInterface | undefined {
  const { address = '127.0.0.1', unixSocket = true, accessLogPath = '/dev/null' } = options
  const port = resourcePort || (request.adminPort ?? options.port ?? 9901)
  if (port === 0) return undefined
  const bySocket = unixSocket && request.adminPort === undefined && (request.workdir ?? '') !== ''
  return { address, port, socketPath: bySocket ? socketPath.admin(request.workdir ?? '') : undefined, accessLogPath }
}

export function adminConfig(admin: AdminInterface): Admin {
  return {
    address: admin.socketPath
      ? { address: { $case: 'pipe', pipe: { path: admin.socketPath, mode: 0o600 } } }
      : socketAddress(admin.address, admin.port),
    accessLog: [
      {
        name: 'envoy.access_loggers.file',
        configType: { $case: 'typedConfig', typedConfig: pack(FileAccessLog, { path: admin.accessLogPath }) },
      },
    ],
  }
}
