import { X509Certificate } from 'node:crypto'
import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { meshAuthority } from '../../src/server/certificates.js'
import { envoy } from '../with-envoy.js'
import { type TwoProxies, startTwoProxies } from './two-proxies.js'

/** Requests at least, spread over the time that all changes take; more of them say more. */
const requests = Number(process.env['KUMA_ROTATION_REQUESTS'] ?? 3000)
const perSecond = Math.max(100, requests / 100)
/** More than that don't wait for their answers at a time: a machine that is busy must not look like a mesh that fails. */
const atOnce = 30
/** How long proxies get for each step of a change of CAs: some time in which nothing happens is part of it. */
const stepSeconds = Math.max(3, requests / perSecond / 10)

const provided = { name: 'provided', type: 'provided', conf: { cert: { secret: 'ca-cert' }, key: { secret: 'ca-key' } } }
const builtin = { name: 'builtin', type: 'builtin' }
const meshWith = (backend: { readonly name: string; readonly mode?: string }) =>
  JSON.stringify({ type: 'Mesh', name: 'default', mtls: { enabledBackend: backend.name, backends: [backend] } })

interface NewCa {
  /** As Envoy says it. */
  readonly serial: string
  /** Its two secrets. */
  readonly yaml: string
}

async function newCa(): Promise<NewCa> {
  const { certificate, privateKey } = await meshAuthority({ mesh: 'default', now: new Date(), lifetimeMs: 3_600_000 })
  const secret = (name: string, text: string) =>
    JSON.stringify({ type: 'Secret', mesh: 'default', name, data: Buffer.from(text).toString('base64') })
  const serial = new X509Certificate(certificate).serialNumber.toLowerCase()
  return { serial, yaml: `${secret('ca-cert', certificate)}\n---\n${secret('ca-key', privateKey)}` }
}

/** Over a connection of its own, from the client through both proxies: the proxies shake hands for each. */
function ask(port: number): Promise<string> {
  return new Promise((resolve) => {
    const sent = http.get({ host: '127.0.0.1', port, agent: false, timeout: 60_000 }, (response) => {
      let text = ''
      response.on('data', (data) => {
        text += data
      })
      response.on('end', () => resolve(`${response.statusCode} ${text}`))
    })
    sent.on('timeout', () => sent.destroy(new Error('no answer in time')))
    sent.on('error', (error) => resolve(error.message))
  })
}

interface SteadyRequests {
  sent(): number
  /** What is done to the mesh from now on. */
  phase(name: string): void
  /** How many were answered well, and what came of the others, by phase. */
  stop(): Promise<{ readonly well: number; readonly failed: readonly string[] }>
}

/** Sends requests at a steady pace until they are stopped. */
function steadyRequests(port: number): SteadyRequests {
  const answers: Promise<string>[] = []
  let phase = 'plain text'
  let due = performance.now()
  let waiting = 0
  const send = async (during: string) => {
    waiting++
    const answer = await ask(port)
    waiting--
    return answer === '200 well' ? '' : `${during}: ${answer}`
  }
  const timer = setInterval(() => {
    for (; due < performance.now(); due += 1000 / perSecond) if (waiting < atOnce) answers.push(send(phase))
  }, 5)
  return {
    sent: () => answers.length,
    phase(name) {
      phase = name
    },
    async stop() {
      clearInterval(timer)
      const failed = (await Promise.all(answers)).filter((answer) => answer !== '')
      return { well: answers.length - failed.length, failed }
    },
  }
}

describe.skipIf(envoy.missing)(`a mesh gets mTLS and changes its CA ${envoy.reason}`, () => {
  let mesh: TwoProxies
  beforeAll(async () => {
    const everybody = '[{"match":{"kuma.io/service":"*"}}]'
    mesh = await startTwoProxies({
      protocol: 'tcp',
      services: { api: [(_, response) => response.end('well')] },
      policies: `{"type":"TrafficPermission","mesh":"default","name":"all","sources":${everybody},"destinations":${everybody}}`,
      settings: { KUMA_IDENTITIES_ROTATION_STEP: `${stepSeconds}s`, KUMA_IDENTITIES_BACKEND_CHANGE: 'true' },
    })
  })
  afterAll(() => mesh?.stop())

  /** Serial numbers of the CAs that a proxy believes, and of the certificates that it shows. */
  const certificates = async (proxy: 'client' | 'server') => {
    const page = JSON.parse(await mesh.admin(proxy, '/certs')) as {
      certificates: { ca_cert?: { serial_number: string }[]; cert_chain?: { serial_number: string }[] }[]
    }
    const serials = (list: { serial_number: string }[] = []) => list.map(({ serial_number: serial }) => serial)
    return {
      believed: new Set(page.certificates.flatMap(({ ca_cert: cas }) => serials(cas))),
      own: new Set(page.certificates.flatMap(({ cert_chain: chain }) => serials(chain))),
    }
  }

  /** How often the client has shaken hands with the service. */
  const handshakes = async () => Number(/^cluster\.api\.ssl\.handshake: (\d+)$/m.exec(await mesh.admin('client', '/stats'))?.[1] ?? 0)

  /** Where the service's proxy is. */
  const inboundPort = async () => Number(/^api::127\.0\.0\.1:(\d+)::/m.exec(await mesh.admin('client', '/clusters'))?.[1] ?? 0)

  const both = async (holds: (proxy: Awaited<ReturnType<typeof certificates>>) => boolean) =>
    holds(await certificates('client')) && holds(await certificates('server'))

  test('and not one request fails', { timeout: 200_000 + 30 * requests }, async () => {
    const port = mesh.outbounds['api'] ?? 0
    const { session } = mesh
    const until: TwoProxies['until'] = (holds, failure, limitMs = 40_000 + 3000 * stepSeconds) => mesh.until(holds, failure, limitMs)
    await session.becomeAdministrator()
    const [first, second] = [await newCa(), await newCa()]
    await session.apply(first.yaml)
    expect(await ask(port)).toBe('200 well')
    const load = steadyRequests(port)
    /** Some time under load with all as it is. */
    const rest = () => sleep((stepSeconds * 1000) / 2)
    await rest()
    expect(await handshakes()).toBe(0)

    load.phase('both plain text and TLS')
    await session.apply(meshWith({ ...provided, mode: 'PERMISSIVE' }))
    await until(async () => (await handshakes()) > 0, 'the client does not use TLS though the service takes it')
    await rest()
    load.phase('TLS alone')
    await session.apply(meshWith(provided))
    await until(async () => (await ask(await inboundPort())) !== '200 well', 'plain text is still taken')
    await rest()

    const before = await certificates('server')
    load.phase('another CA')
    await session.apply(second.yaml)
    await until(() => both(({ believed }) => believed.has(second.serial) && !believed.has(first.serial)), 'the first CA is still believed')
    const after = await certificates('server')
    expect([...after.own].filter((serial) => before.own.has(serial))).toEqual([])

    // Another backend: the mesh names it in place of the other, and while proxies go over there are both.
    load.phase('another backend')
    await session.apply(meshWith(builtin))
    await until(() => both(({ own }) => [...own].every((serial) => !after.own.has(serial))), 'certificates still are of the second CA')
    await until(() => both(({ believed }) => !believed.has(second.serial)), 'the second CA is still believed')

    load.phase('at rest')
    const shaken = await handshakes()
    await until(async () => load.sent() >= requests, 'requests take too long', 2 * (requests / perSecond) * 1000 + 60_000)
    const { well, failed } = await load.stop()
    expect(failed).toEqual([])
    expect(well).toBeGreaterThanOrEqual(requests)
    expect(await handshakes()).toBeGreaterThan(shaken)
  })
})
