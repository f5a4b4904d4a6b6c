import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import { chmodSync, chownSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as x509 from '@peculiar/x509'
import { describe, expect, it } from 'vitest'
import { serverCertificate } from '../../src/server/certificates.js'
import { postgres, postgresServer } from '../with-postgres.js'
import { environment, opened } from './opened.js'

const lifetime = { now: new Date(), lifetimeMs: 3_600_000 }

/** By which a user of the database is known: the server looks at its common name. */
async function clientCertificate(user: string): Promise<{ certificate: string; privateKey: string }> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair
  const notAfter = new Date(Date.now() + lifetime.lifetimeMs)
  const name = [{ CN: [user] }]
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({ name, keys, signingAlgorithm: algorithm, notAfter })
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
  return { certificate: certificate.toString('pem'), privateKey: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n` }
}

describe.skipIf(postgres.missing)(`TLS to PostgreSQL ${postgres.reason}`, () => {
  const test = postgresServer()
  const file = (name: string) => join(test.server.folder, name)

  /** Files that the server may read: it refuses keys that others may. */
  function write(files: Readonly<Record<string, string>>): void {
    const { uid, gid } = statSync(test.server.folder)
    for (const [name, content] of Object.entries(files)) {
      writeFileSync(file(name), content)
      chmodSync(file(name), 0o600)
      chownSync(file(name), uid, gid)
    }
  }

  async function serve(host: string): Promise<void> {
    const { certificate, privateKey } = await serverCertificate({ ...lifetime, hosts: [host] })
    write({ 'server.crt': certificate, 'server.key': privateKey })
    await test.server.stop()
    const settings = ['ssl=on', `ssl_cert_file=${file('server.crt')}`, `ssl_key_file=${file('server.key')}`]
    await test.server.start([...settings, `ssl_ca_file=${file('client.crt')}`])
  }

  it('is used as told, and never where it would be no check', async () => {
    const connection = await test.database()
    const tls = (mode: string, caPath = '', more: Readonly<Record<string, string>> = {}) => ({
      ...environment(connection),
      KUMA_STORE_POSTGRES_TLS_MODE: mode,
      ...(caPath && { KUMA_STORE_POSTGRES_TLS_CA_PATH: file(caPath) }),
      ...more,
    })
    expect((await opened(tls('verifyNone'))).error).toMatch(/KUMA_STORE_POSTGRES_TLS_MODE.*does not support SSL/)
    expect((await opened(tls('verifyCa'))).error).toMatch(/^store.postgres.tls.caPath .*which needs the CA$/)

    const client = await clientCertificate('kuma')
    const stranger = await clientCertificate('stranger')
    const other = await serverCertificate({ ...lifetime, hosts: ['127.0.0.1'] })
    write({ 'client.crt': client.certificate, 'client.key': client.privateKey, 'other.crt': other.certificate })
    write({ 'stranger.crt': stranger.certificate, 'stranger.key': stranger.privateKey })
    await serve('elsewhere.test')
    expect((await opened(tls('verifyNone'))).error).toBe('')
    expect((await opened(tls('verifyCa', 'server.crt'))).error).toBe('')
    expect((await opened(tls('verifyCa', 'other.crt'))).error).toMatch(/^store.postgres.tls.mode .*self-signed/)
    expect((await opened(tls('verifyFull', 'server.crt'))).error).toMatch(/^store.postgres.tls.mode .*127.0.0.1/)
    // None of the CAs that this machine trusts has signed it.
    expect((await opened(tls('verifyFull'))).error).toMatch(/^store.postgres.tls.mode .*self-signed/)
    expect((await opened(tls('verifyCa', 'missing.crt'))).error).toMatch(/^store.postgres.tls.caPath .*no such file/)

    await serve('127.0.0.1')
    expect((await opened(tls('verifyFull', 'server.crt'))).error).toBe('')
    const sni = { KUMA_STORE_POSTGRES_TLS_DISABLE_SSLSNI: 'true' }
    expect((await opened(tls('verifyFull', 'server.crt', sni))).error).toBe('')
    const named = { ...sni, KUMA_STORE_POSTGRES_HOST: 'localhost' }
    expect((await opened(tls('verifyFull', 'server.crt', named))).error).toMatch(/^store.postgres.tls.disableSSLSNI .*_HOST\)$/)

    // Only who shows a certificate of that name, and nobody in the clear.
    test.server.access([`hostssl ${connection.database} all 127.0.0.1/32 cert`, `host ${connection.database} all 127.0.0.1/32 reject`])
    const certified = (name: string) => ({
      KUMA_STORE_POSTGRES_TLS_CERT_PATH: file(`${name}.crt`),
      KUMA_STORE_POSTGRES_TLS_KEY_PATH: file(`${name}.key`),
    })
    await expect.poll(async () => (await opened(tls('verifyFull', 'server.crt'))).error).toMatch(/requires a valid client certificate/)
    expect((await opened(tls('verifyFull', 'server.crt', certified('client')))).error).toBe('')
    expect((await opened(tls('verifyFull', 'server.crt', certified('stranger')))).error).toMatch(/^store.postgres.tls.mode /)
    const half = { KUMA_STORE_POSTGRES_TLS_CERT_PATH: file('client.crt') }
    expect((await opened(tls('verifyFull', 'server.crt', half))).error).toMatch(/go together: one of them is missing$/)
    expect((await opened(environment(connection))).error).toMatch(/^store.postgres.tls.mode .*(no encryption|SSL off)/)
  })
})
