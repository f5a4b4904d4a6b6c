import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { expect, it } from 'vitest'
import { readPem, writePem } from './pem.js'
import { privateKeyType } from './private-key.js'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
const ec = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey
const ed = generateKeyPairSync('ed25519').privateKey

const blocksOf = (key: KeyObject, type: 'pkcs8' | 'pkcs1' | 'sec1') => readPem(key.export({ type, format: 'pem' }).toString())
const der = (key: KeyObject, type: 'pkcs8' | 'pkcs1' | 'sec1') => blocksOf(key, type)[0]?.bytes ?? new Uint8Array()

it('tells RSA and ECDSA keys in each of their encodings', () => {
  expect(privateKeyType(der(rsa, 'pkcs8'))).toBe('rsa')
  expect(privateKeyType(der(rsa, 'pkcs1'))).toBe('rsa')
  expect(privateKeyType(der(ec, 'pkcs8'))).toBe('ecdsa')
  expect(privateKeyType(der(ec, 'sec1'))).toBe('ecdsa')
})

it('knows no others, and nothing that is cut off or no key at all', () => {
  expect(privateKeyType(der(ed, 'pkcs8'))).toBeUndefined()
  const whole = der(rsa, 'pkcs8')
  for (let length = 0; length < whole.length; length++) expect(privateKeyType(whole.subarray(0, length))).toBeUndefined()
  expect(privateKeyType(new TextEncoder().encode('not a key'))).toBeUndefined()
})

it('PEM text comes back as it was written', () => {
  const text = rsa.export({ type: 'pkcs8', format: 'pem' }).toString()
  expect(readPem(`noise\n${text}more noise`).map(writePem)).toEqual([text])
  expect(readPem(text.replaceAll('\n', '\r\n')).map(writePem)).toEqual([text])
})

it('blocks without Base64, or that end as something else, are none', () => {
  for (const body of ['A', 'A=A', '====', '{}']) expect(readPem(`-----BEGIN X-----\n${body}\n-----END X-----\n`)).toEqual([])
  expect(readPem('-----BEGIN X-----\nAAAA\n-----END Y-----\n')).toEqual([])
  expect(readPem('-----BEGIN X-----\nAAAA\n')).toEqual([])
})
