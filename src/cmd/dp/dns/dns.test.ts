import dgram from 'node:dgram'
import { once } from 'node:events'
import { type Packet, decode, encode } from 'dns-packet'
import { pino } from 'pino'
import { afterEach, describe, expect, test } from 'vitest'
import { answerOf, readDnsConfig } from './records.js'
import { type DnsServer, startDnsServer } from './server.js'

const config = JSON.stringify({
  records: [
    { name: 'web.svc.mesh.local', ips: ['241.0.0.1', '::ffff:f100:1'] },
    { name: 'four.mesh', ips: ['240.0.0.2'] },
  ],
  ttl: 30,
})
const query = (name: string, type: 'A' | 'AAAA' | 'TXT'): Packet => ({ type: 'query', id: 7, flags: 1 << 8, questions: [{ name, type }] })

describe('the names of the mesh', () => {
  const ask = (name: string, type: 'A' | 'AAAA' | 'TXT') => answerOf(query(name, type), readDnsConfig(config))

  test('are answered with their addresses of the kind that is asked for', () => {
    expect(ask('web.svc.mesh.local', 'A')).toMatchObject({ type: 'response', id: 7, answers: [{ type: 'A', ttl: 30, data: '241.0.0.1' }] })
    expect(ask('WEB.svc.Mesh.local', 'AAAA')?.answers).toMatchObject([{ name: 'WEB.svc.Mesh.local', data: '::ffff:f100:1' }])
    expect(ask('four.mesh', 'AAAA')?.answers).toEqual([])
  })

  test('are all that is answered here', () => {
    expect(ask('example.com', 'A')).toBeUndefined()
    expect(ask('web.svc.mesh.local', 'TXT')).toBeUndefined()
    expect(answerOf({ type: 'query', id: 1 }, readDnsConfig('{"records":null}'))).toBeUndefined()
  })
})

describe('the server', () => {
  const log = pino({ level: 'silent' })
  const closing: { close(): unknown }[] = []
  afterEach(() => {
    for (const each of closing.splice(0)) each.close()
  })

  async function start(upstreamPort?: number): Promise<DnsServer> {
    const upstream = upstreamPort === undefined ? undefined : { host: '127.0.0.1', port: upstreamPort }
    const server = await startDnsServer({ hosts: ['127.0.0.1'], port: 0, upstream, log })
    closing.push(server)
    return server
  }

  async function ask({ port }: DnsServer, packet: Packet): Promise<Packet> {
    const socket = dgram.createSocket('udp4')
    closing.push(socket)
    socket.send('not a query', port, '127.0.0.1')
    socket.send(encode(packet), port, '127.0.0.1')
    const [answer] = (await once(socket, 'message')) as [Buffer]
    return decode(answer)
  }

  test('answers what it was told of, and what it was told last', async () => {
    const server = await start()
    server.configure(config)
    expect((await ask(server, query('four.mesh', 'A'))).answers).toMatchObject([{ data: '240.0.0.2', ttl: 30 }])
    expect(() => server.configure('no JSON')).toThrow()
    expect((await ask(server, query('four.mesh', 'A'))).answers).toHaveLength(1)
    server.configure('{"records":[{"name":"four.mesh","ips":["240.0.0.9"]}]}')
    expect((await ask(server, query('four.mesh', 'A'))).answers).toMatchObject([{ data: '240.0.0.9' }])
  })

  test('asks the name server of the system for the rest', async () => {
    const upstream = dgram.createSocket('udp4')
    closing.push(upstream)
    upstream.on('message', (message, from) => {
      const { id, questions } = decode(message)
      const answer = (id: number): Packet => ({
        type: 'response',
        id,
        questions,
        answers: [{ name: 'example.com', type: 'A', data: '192.0.2.1' }],
      })
      // Of two answers the one to another question doesn't count.
      for (const each of [(id ?? 0) + 1, id ?? 0]) upstream.send(encode(answer(each)), from.port, from.address)
    })
    upstream.bind(0, '127.0.0.1')
    await once(upstream, 'listening')
    const answer = await ask(await start(upstream.address().port), query('example.com', 'A'))
    expect(answer).toMatchObject({ id: 7, answers: [{ data: '192.0.2.1' }] })
  })

  test('says so where nobody can be asked', async () => {
    expect(await ask(await start(), query('example.com', 'A'))).toMatchObject({ id: 7, rcode: 'SERVFAIL' })
  })

  test('does not start where its port is taken', async () => {
    const { port } = await start()
    await expect(startDnsServer({ hosts: ['127.0.0.1'], port, upstream: undefined, log })).rejects.toThrow(/EADDRINUSE/)
  })
})
