import { request as ask } from 'node:https'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { allowed } from '../../../kubernetes/admission-review.js'
import { type CertificatePair, serverCertificate } from '../../certificates.js'
import { type AdmissionHandler, type AdmissionServer, startAdmissionServer } from './server.js'

let certificate: CertificatePair
let server: AdmissionServer
const newCertificate = () => serverCertificate({ hosts: ['127.0.0.1'], now: new Date(), lifetimeMs: 3_600_000 })
beforeAll(async () => {
  certificate = await newCertificate()
})
afterEach(() => server.close())

async function start(handler: AdmissionHandler, told: unknown[] = []) {
  const handlers = { '/ask': handler }
  server = await startAdmissionServer({
    port: 0,
    certificate,
    handlers,
    onError: (error) => told.push(error),
    onDenied: ({ status }) => told.push(status),
  })
}

interface Asked {
  readonly method?: string
  readonly path?: string
  readonly body?: string
  readonly ca?: string
}

function send({ method = 'POST', path = '/ask', body = '', ca = certificate.certificate }: Asked) {
  return new Promise<{ status: number; body: unknown }>((resolve, reject) => {
    const request = ask({ host: '127.0.0.1', port: server.port, method, path, ca, agent: false }, (response) => {
      let text = ''
      response.on('data', (chunk) => (text += String(chunk)))
      response.once('error', reject)
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) }))
    })
    request.once('error', reject).end(body)
  })
}

const question = JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request: { uid: 'u1', object: { a: 1 } } })

describe('the admission server', () => {
  it('hands the question on and gives the answer back', async () => {
    await start(async (request) => allowed(request, [JSON.stringify(request.object)]))
    expect(await send({ body: question })).toEqual({
      status: 200,
      body: {
        apiVersion: 'admission.k8s.io/v1',
        kind: 'AdmissionReview',
        response: { uid: 'u1', allowed: true, warnings: ['{"a":1}'] },
      },
    })
  })

  it('lets nothing in when it fails, and keeps the reason to itself', async () => {
    const told: unknown[] = []
    await start(async () => Promise.reject(new Error('the store is away')), told)
    const { status, body } = await send({ body: question })
    expect(status).toBe(200)
    expect(body).toMatchObject({ response: { uid: 'u1', allowed: false, status: { code: 500 } } })
    expect(JSON.stringify(body)).not.toContain('store')
    expect(told).toEqual([new Error('the store is away'), expect.objectContaining({ code: 500 })])
  })

  it.each([
    ['another path', { path: '/constructor' }, 404],
    ['another method', { method: 'GET', body: '' }, 405],
    ['no JSON', { body: '{' }, 400],
    ['no question', { body: '{"request":{}}' }, 400],
    ['null', { body: 'null' }, 400],
    ['what is nested too deep', { body: '['.repeat(100_000) }, 400],
    ['what is too long', { body: `"${'a'.repeat(9 << 20)}"` }, 413],
  ])('turns %s away', async (_, asked, status) => {
    await start(async (request) => allowed(request))
    // A server that has answered may be gone before all is sent.
    const answer = await send({ body: question, ...asked }).catch((error: NodeJS.ErrnoException) => error.code)
    if (typeof answer === 'object') expect(answer.status).toBe(status)
    else expect(['EPIPE', 'ECONNRESET']).toContain(answer)
    expect(await send({ body: question })).toMatchObject({ status: 200 })
  })

  it('shows new connections a renewed certificate', async () => {
    await start(async (request) => allowed(request))
    const renewed = await newCertificate()
    server.renew(renewed)
    expect(await send({ body: question, ca: renewed.certificate })).toMatchObject({ status: 200 })
    await expect(send({ body: question })).rejects.toThrow(/self-signed|certificate/)
  })
})
