import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import type { EnvoyAdmin } from './envoy-admin.js'

/** Tells whoever asks at `/ready` whether the proxy is. Envoy's other admin pages are not shown here. */
export interface ReadinessReporter {
  readonly port: number
  /** From now on Envoy is asked. */
  follow(admin: EnvoyAdmin): void
  /** From now on the answer is no. */
  terminate(): void
  close(): void
}

/**
 * @param port 0: any that is free
 * @throws as Node's `listen` does, e.g. `EADDRINUSE`
 */
export async function startReadinessReporter({ host, port }: { readonly host: string; readonly port: number }): Promise<ReadinessReporter> {
  let state: 'starting' | 'terminating' | EnvoyAdmin = 'starting'
  const server = http.createServer((request, response) => {
    const answer = (status: number, text: string) =>
      void response
        .writeHead(status, { 'content-type': 'text/plain', 'cache-control': 'no-cache, max-age=0', 'x-powered-by': 'kuma-dp' })
        .end(text)
    if (request.url?.split('?', 1)[0] !== '/ready') return answer(404, 'there is only /ready here\n')
    if (state === 'starting') return answer(503, 'NOT_READY')
    if (state === 'terminating') return answer(503, 'TERMINATING')
    state.get('/ready').then(
      ({ status, body }) => answer(status, body),
      () => answer(503, 'NOT_READY'),
    )
  })
  await once(server.listen({ host, port, exclusive: true }), 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    follow(admin) {
      if (state === 'starting') state = admin
    },
    terminate() {
      state = 'terminating'
    },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
