import { X509Certificate } from 'node:crypto'
import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { meshAuthority } from '../../src/server/certificates.js'
import { envoy } from '../with-envoy.js'
import { type TwoProxies, startTwoProxies } from './two-proxies.js'

/** Requests in all, spread over the time that a rotation takes; more of them say more. */
const requests = Number(process.env['KUMA_ROTATION_REQUESTS'] ?? 2000)
const stepSeconds = Math.max(3, requests / 1000)

const ca = { name: 'ca', type: 'provided', conf: { cert: { secret: 'ca-cert' }, key: { secret: 'ca-key' } } }
const withMtls = JSON.stringify({ type: 'Mesh', name: 'default', mtls: { enabledBackend: 'ca', backends: [ca] } })

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
    const sent = http.get({ host: '127.0.0.1', port, agent: false, timeout: 10_000 }, (response) => {
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

describe.skipIf(envoy.missing)(`a mesh changes its CA ${envoy.reason}`, () => {
  let mesh: TwoProxies
  beforeAll(async () => {
    const everybody = '[{"match":{"kuma.io/service":"*"}}]'
    mesh = await startTwoProxies({
      protocol: 'tcp',
      services: { api: [(_, response) => response.end('well')] },
      policies: `{"type":"TrafficPermission","mesh":"default","name":"all","sources":${everybody},"destinations":${everybody}}`,
      settings: { KUMA_IDENTITIES_ROTATION_STEP: `${stepSeconds}s` },
    })
  })
  afterAll(() => mesh?.stop())

  /** Serial numbers of the CAs that the server's proxy believes, and of the one of its own certificate's issuer. */
  const certificates = async () => {
    const page = JSON.parse(await mesh.admin('server', '/certs')) as {
      certificates: { ca_cert?: { serial_number: string }[]; cert_chain?: { serial_number: string }[] }[]
    }
    const serials = (list: { serial_number: string }[] = []) => list.map(({ serial_number: serial }) => serial)
    return {
      believed: new Set(page.certificates.flatMap(({ ca_cert: cas }) => serials(cas))),
      own: new Set(page.certificates.flatMap(({ cert_chain: chain }) => serials(chain))),
    }
  }

  test('and not one request fails', { timeout: 300_000 }, async () => {
    const port = mesh.outbounds['api'] ?? 0
    await mesh.session.becomeAdministrator()
    const [old, fresh] = [await newCa(), await newCa()]
    await mesh.session.apply(`${old.yaml}\n---\n${withMtls}`)
    await mesh.until(async () => (await certificates()).believed.has(old.serial) && (await ask(port)) === '200 well', 'mTLS is not on')
    const before = await certificates()
    const everyMs = (stepSeconds * 3000) / requests
    const answers: Promise<string>[] = []
    const began = performance.now()
    for (let sent = 0; sent < requests; sent++) {
      answers.push(ask(port))
      if (sent === Math.floor(requests / 6)) await mesh.session.apply(fresh.yaml)
      await sleep(Math.max(0, began + sent * everyMs - performance.now()))
    }
    const counts = new Map<string, number>()
    for (const answer of await Promise.all(answers)) counts.set(answer, (counts.get(answer) ?? 0) + 1)
    expect(Object.fromEntries(counts)).toEqual({ '200 well': requests })

    await mesh.until(async () => !(await certificates()).believed.has(old.serial), 'the old CA is still believed')
    const after = await certificates()
    expect(after.believed).toContain(fresh.serial)
    expect([...after.own].filter((serial) => before.own.has(serial))).toEqual([])
    expect(await ask(port)).toBe('200 well')
  })
})
