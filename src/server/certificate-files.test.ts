import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tls from 'node:tls'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { followCertificateFiles } from './certificate-files.js'
import { type CertificatePair, serverCertificate } from './certificates.js'
import { startDpServer } from './dp-server.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'certificate-files-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const make = () => serverCertificate({ hosts: ['localhost'], now: new Date(), lifetimeMs: 3_600_000 })
const certFile = () => join(folder, 'tls.crt')
const keyFile = () => join(folder, 'tls.key')

test('a server shows the certificate that its files were renewed to; half a change changes nothing', async () => {
  const [first, second] = await Promise.all([make(), make()])
  writeFileSync(certFile(), first.certificate)
  writeFileSync(keyFile(), first.privateKey)
  const grpc = { injectConnection() {}, drain() {} }
  const server = await startDpServer({ port: 0, certificate: first, grpc, http: (_, response) => void response.end() })
  const faults: Error[] = []
  let renewed = (_: CertificatePair) => {}
  const stop = followCertificateFiles({
    ...{ certFile: certFile(), keyFile: keyFile(), now: first, everyMs: 20 },
    onRenewed: (pair) => {
      server.renew(pair)
      renewed(pair)
    },
    onFault: (error) => faults.push(error),
  })
  const shown = () =>
    new Promise<string>((resolve, reject) => {
      const socket = tls.connect({ host: '127.0.0.1', port: server.port, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] }, () => {
        resolve(socket.getPeerX509Certificate()?.fingerprint256 ?? '')
        socket.destroy()
      })
      socket.on('error', reject)
    })
  const before = await shown()
  writeFileSync(certFile(), second.certificate)
  while (faults.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  expect(await shown()).toBe(before)
  const done = new Promise<CertificatePair>((resolve) => {
    renewed = resolve
  })
  writeFileSync(keyFile(), second.privateKey)
  expect((await done).certificate).toBe(second.certificate)
  expect(await shown()).not.toBe(before)
  stop()
  await server.close()
})
