import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NetworkNamespace, namespaces } from './network-namespaces.js'

const kumactl = fileURLToPath(new URL('../../src/cmd/kumactl.ts', import.meta.url))

/** Answers each connection to a port, of either family, with a word; and DNS at 15053. */
const serving = (words: Readonly<Record<number, string>>) => `
  const net = require('node:net'), words = ${JSON.stringify(words)}
  const udp = require('node:dgram').createSocket('udp4', (_, from) => udp.send('dns', from.port, from.address))
  udp.bind(15053)
  let left = Object.keys(words).length
  for (const [port, word] of Object.entries(words)) {
    net.createServer((socket) => socket.on('error', () => {}).end(word)).listen({ port, host: '::' }, () => --left || console.log('ready'))
  }`

/** As a user, dials and prints the word that comes back. */
const dialling = (uid: number, host: string, port: number) => `
  process.setuid(${uid})
  require('node:net').connect(${port}, '${host}').on('data', (word) => process.stdout.write(word)).on('error', (error) => console.log(error.code))`

const asking = (uid: number, host: string) => `
  process.setuid(${uid})
  const socket = require('node:dgram').createSocket('udp4', (word) => { process.stdout.write(word); socket.close() })
  socket.send('?', 53, '${host}')
  setTimeout(() => socket.close(), 20000).unref()`

const application = 1000
const proxy = 5678
const flags = ['--redirect-all-dns-traffic', '--exclude-inbound-ports=9901', '--exclude-outbound-ports=3306']

describe.skipIf(namespaces.missing)(`rules of a transparent proxy in a network of their own ${namespaces.reason}`, () => {
  let pod: NetworkNamespace
  let outside: NetworkNamespace

  beforeAll(async () => {
    pod = new NetworkNamespace()
    outside = new NetworkNamespace()
    pod.connect(outside, ['10.77.0.1/24', 'fd77::1/64'], ['10.77.0.2/24', 'fd77::2/64'])
    await pod.serve(serving({ 15001: 'outbound', 15006: 'inbound', 8080: 'application', 9901: 'excluded' }))
    await outside.serve(serving({ 80: 'outside', 3306: 'outside' }))
    pod.run('iptables-nft-restore', ['--noflush'], '*nat\n-A OUTPUT -p tcp --dport 7 -j RETURN\nCOMMIT\n')
    expect(redirect('install', ...flags)).toMatchObject({ status: 0 })
  })

  afterAll(() => {
    pod?.close()
    outside?.close()
  })

  const redirect = (what: 'install' | 'uninstall', ...args: string[]) =>
    pod.run(process.execPath, [
      '--import',
      'tsx',
      kumactl,
      what,
      'transparent-proxy',
      ...(what === 'install' ? ['--kuma-dp-user=5678'] : []),
      ...args,
    ])

  const dial = (from: NetworkNamespace, uid: number, host: string, port: number) =>
    from.run(process.execPath, ['-e', dialling(uid, host, port)]).out
  const rules = (of: string) => pod.run(`${of}-nft-save`).out.replace(/^[#:].*\n/gm, '')

  it.each([
    ['what an application dials goes to the proxy', application, '10.77.0.2', 80, 'outbound'],
    ['so it does over IPv6', application, 'fd77::2', 80, 'outbound'],
    ['what the proxy dials goes where it should', proxy, '10.77.0.2', 80, 'outside'],
    ['so it does over IPv6', proxy, 'fd77::2', 80, 'outside'],
    ['an excluded port is left alone', application, '10.77.0.2', 3306, 'outside'],
    ['applications dial each other', application, '127.0.0.1', 8080, 'application'],
    ['the proxy dials its application', proxy, '127.0.0.1', 8080, 'application'],
    ['a service that dials itself by way of the proxy comes in', proxy, '10.77.0.1', 8080, 'inbound'],
  ])('%s', (_, uid, host, port, word) => {
    expect(dial(pod, uid, host, port)).toBe(word)
  })

  it.each([
    ['what comes in goes to the proxy', '10.77.0.1', 8080, 'inbound'],
    ['so it does over IPv6', 'fd77::1', 8080, 'inbound'],
    ['an excluded port is left alone', '10.77.0.1', 9901, 'excluded'],
  ])('%s', (_, host, port, word) => {
    expect(dial(outside, application, host, port)).toBe(word)
  })

  it('DNS goes to the proxy', () => {
    expect(pod.run(process.execPath, ['-e', asking(application, '10.77.0.2')]).out).toBe('dns')
  })

  it('rules are the same when they are installed again, and gone when they are uninstalled; those of others stay', () => {
    const before = { IPv4: rules('iptables'), IPv6: rules('ip6tables') }
    expect(before.IPv4).toContain('KUMA_MESH_OUTBOUND_REDIRECT')
    expect(redirect('install', ...flags)).toMatchObject({ status: 0 })
    expect({ IPv4: rules('iptables'), IPv6: rules('ip6tables') }).toEqual(before)

    expect(redirect('uninstall')).toMatchObject({ status: 0 })
    expect(rules('iptables')).toContain('-A OUTPUT -p tcp -m tcp --dport 7 -j RETURN')
    expect(rules('iptables') + rules('ip6tables')).not.toMatch(/kuma/i)
    expect(dial(outside, application, '10.77.0.1', 8080)).toBe('application')
    expect(dial(pod, application, '10.77.0.2', 80)).toBe('outside')
  }, 180_000)
})
