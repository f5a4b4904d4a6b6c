import http from 'node:http'
import https from 'node:https'
import net from 'node:net'
import type { AskedProbe } from './asked.js'
import { grpcProbe } from './grpc-probe.js'
import type { ProbeResult, ProbeTarget } from './target.js'

/** Asks the application what the kubelet would have asked it. Never throws. */
export async function probe(asked: AskedProbe, target: ProbeTarget): Promise<ProbeResult> {
  const signal = AbortSignal.timeout(asked.timeoutMs)
  try {
    if (asked.kind === 'tcp') return await tcpProbe(asked.port, target, signal)
    if (asked.kind === 'grpc') return await grpcProbe(asked.port, asked.service, target, signal)
    return await httpProbe(asked, target, signal)
  } catch (error) {
    const why = signal.aborted ? `no answer within ${asked.timeoutMs} ms` : (error as Error).message
    return { healthy: false, why }
  }
}

function tcpProbe(port: number, { host, localAddress }: ProbeTarget, signal: AbortSignal): Promise<ProbeResult> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host, port, localAddress })
    const end = () => {
      socket.destroy()
      reject(new Error('timeout'))
    }
    signal.addEventListener('abort', end, { once: true })
    socket.once('error', reject)
    socket.once('connect', () => {
      signal.removeEventListener('abort', end)
      socket.destroy()
      resolve({ healthy: true })
    })
  })
}

/** As the kubelet does: certificates are not looked at, any status from 200 to 399 is well, the body is nobody's business. */
function httpProbe(
  { port, path, secure, headers }: AskedProbe & { readonly kind: 'http' },
  { host, localAddress }: ProbeTarget,
  signal: AbortSignal,
): Promise<ProbeResult> {
  return new Promise((resolve, reject) => {
    const options = { host, port, localAddress, path, headers, signal, agent: false, setHost: true }
    const request = secure ? https.request({ ...options, rejectUnauthorized: false }) : http.request(options)
    request.once('error', reject)
    request.once('response', ({ statusCode: status = 0, ...response }) => {
      request.destroy()
      resolve({
        healthy: status >= 200 && status < 400,
        status,
        why: `status ${status}${response.statusMessage ? ` ${response.statusMessage}` : ''}`,
      })
    })
    request.end()
  })
}
