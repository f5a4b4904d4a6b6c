import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { serverCertificate } from './certificates.js'
import { machineHosts, ownCertificate } from './own-certificate.js'

const hosts = ['cp.example', '127.0.0.1']
const start = new Date('2026-03-01T00:00:00Z')
const clock = () => start
const year = 365 * 24 * 3_600_000

let workDir: string
beforeEach(() => {
  workDir = mkdtempSync(join(tmpdir(), 'kuma-cp-'))
})
afterEach(() => rmSync(workDir, { recursive: true, force: true }))

test('is made on the first start and kept for the next', async () => {
  const folder = join(workDir, 'deep', 'er')
  const first = await ownCertificate({ workDir: folder, hosts, clock })
  expect(first).toMatchObject({ origin: 'made', hosts, certFile: join(folder, 'kuma-cp.crt') })
  expect(statSync(join(folder, 'kuma-cp.key')).mode & 0o777).toBe(0o600)
  const second = await ownCertificate({ workDir: folder, hosts, clock })
  expect(second).toMatchObject({ origin: 'kept', hosts, certificate: first.certificate, privateKey: first.privateKey })
})

test('is made anew when it soon ends, lacks a host or is broken', async () => {
  const make = (more: object = {}) => ownCertificate({ workDir, hosts, clock, ...more })
  await make()
  expect((await make({ clock: () => new Date(start.getTime() + 9.9 * year) })).origin).toBe('kept')
  expect((await make({ clock: () => new Date(start.getTime() + 10 * year) })).origin).toBe('made')
  expect((await make({ hosts: [...hosts, 'new.example'] })).origin).toBe('made')
  expect((await make({ hosts: undefined })).origin).toBe('made')
  expect((await make({ hosts: undefined })).origin).toBe('kept')
  writeFileSync(join(workDir, 'kuma-cp.key'), 'broken')
  expect((await make()).origin).toBe('made')
})

test('stays in memory without a folder', async () => {
  expect(await ownCertificate({ hosts, clock })).toMatchObject({ origin: 'made', certFile: undefined })
})

test('may be given', async () => {
  const given = await serverCertificate({ hosts: ['mine.example'], now: start, lifetimeMs: year })
  const [certFile, keyFile] = [join(workDir, 'c.pem'), join(workDir, 'k.pem')]
  writeFileSync(certFile, given.certificate)
  writeFileSync(keyFile, given.privateKey)
  expect(await ownCertificate({ certFile, keyFile, workDir, clock })).toEqual({
    ...given,
    origin: 'given',
    hosts: ['mine.example'],
    certFile,
    keyFile,
  })
  expect(readFileSync(certFile, 'utf8')).toBe(given.certificate)
})

test('that is given has to be a pair', async () => {
  const [one, other] = await Promise.all([1, 2].map(() => serverCertificate({ hosts, now: start, lifetimeMs: year })))
  const [certFile, keyFile] = [join(workDir, 'c.pem'), join(workDir, 'k.pem')]
  const refused = (options: object, reason: string) =>
    expect(ownCertificate({ ...options, clock })).rejects.toMatchObject({
      code: 'invalid-option',
      message: expect.stringContaining(reason),
    })
  await refused({ certFile }, 'go together')
  await refused({ certFile, keyFile }, `${certFile} can't be read: ENOENT`)
  writeFileSync(certFile, one?.certificate ?? '')
  writeFileSync(keyFile, other?.privateKey ?? '')
  await refused({ certFile, keyFile }, 'the key is not the one of the certificate')
  writeFileSync(certFile, 'nothing')
  await refused({ certFile, keyFile }, 'there is no PEM certificate')
})

test('names this machine', () => {
  expect(machineHosts()).toEqual(expect.arrayContaining(['localhost', '127.0.0.1']))
})
