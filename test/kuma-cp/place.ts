import { join } from 'node:path'
import { freePorts } from '../../scripts/ports.js'

/** Where a kuma-cp of a test is: ports that nobody has, and a folder of its own. */
export interface KumaCpPlace {
  /** Tells it so. */
  readonly settings: Readonly<Record<string, string>>
  /** Base URLs of the API. */
  readonly api: string
  readonly secureApi: string
  /** Base URL of its metrics and checks. */
  readonly diagnostics: string
  /** Where proxies connect, `127.0.0.1:5678`. */
  readonly proxies: string
  ready(): Promise<boolean>
}

export async function kumaCpPlace(folder: string): Promise<KumaCpPlace> {
  const [api = 0, https = 0, proxies = 0, diagnostics = 0, mads = 0] = await freePorts(5)
  return {
    settings: {
      KUMA_GENERAL_WORK_DIR: join(folder, 'cp'),
      KUMA_API_SERVER_HTTP_PORT: String(api),
      KUMA_API_SERVER_HTTPS_PORT: String(https),
      KUMA_DP_SERVER_PORT: String(proxies),
      KUMA_DIAGNOSTICS_SERVER_PORT: String(diagnostics),
      KUMA_MONITORING_ASSIGNMENT_SERVER_PORT: String(mads),
    },
    api: `http://127.0.0.1:${api}`,
    secureApi: `http://127.0.0.1:${https}`,
    diagnostics: `http://127.0.0.1:${diagnostics}`,
    proxies: `127.0.0.1:${proxies}`,
    ready: async () => (await fetch(`http://127.0.0.1:${diagnostics}/ready`)).status === 200,
  }
}
