/**
 * `npx tsx bench/streams.ts`: what it costs the server's process to bring one configuration of 450 KB to one proxy over TLS, once it
 * is worked out: framing, HTTP/2, encryption. That is the part that threads could share; the client is another process.
 * `PLAIN=1`: without encryption.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import grpc from '@grpc/grpc-js'
import { Cluster } from '../src/gen/envoy/config/cluster/v3/cluster.js'
import { DiscoveryRequest, DiscoveryResponse } from '../src/gen/envoy/service/discovery/v3/discovery.js'
import { serverCertificate } from '../src/server/certificates.js'
import { contentVersion } from '../src/server/content-version.js'
import { createAdsServer } from '../src/server/grpc.js'
import type { Session, SessionHost } from '../src/server/session-host.js'
import { typeUrls } from '../src/server/snapshot-cache.js'
import { perType } from '../src/server/stream-state.js'
import type { SealedResource, Snapshot } from '../src/translate/snapshot.js'

const proxies = Number(process.env['PROXIES'] ?? 200)
const changes = Number(process.env['CHANGES'] ?? 5)
const plain = process.env['PLAIN'] !== undefined
const [role, port, ca] = process.argv.slice(2)

if (role === 'client') client()
else await server()

async function server(): Promise<void> {
  const sessions = new Set<Session>()
  let answered = 0
  let snapshot = snapshotOf(0)
  const host: SessionHost = {
    admit: async () => ({ ok: true }),
    joined(session) {
      sessions.add(session)
      session.update(snapshot)
    },
    left: (session) => void sessions.delete(session),
    refused() {},
    answered: (_, __, outcome) => void (answered += outcome === 'acknowledged' ? 1 : 0),
    sent() {},
    rested() {},
    delivered() {},
  }
  const ads = createAdsServer({ host, instanceId: 'bench' })
  const certificate = await serverCertificate({ hosts: ['127.0.0.1'], now: new Date(), lifetimeMs: 3_600_000 })
  const address = await ads.listen({ port: 0, certificate: plain ? undefined : certificate })
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', process.argv[1] ?? '', 'client', String(address), Buffer.from(certificate.certificate).toString('base64')],
    { stdio: 'inherit' },
  )
  const all = async (count: number) => {
    while (answered < count) await new Promise((resolve) => setTimeout(resolve, 5))
  }
  await all(proxies)
  const before = process.cpuUsage()
  for (let change = 1; change <= changes; change++) {
    snapshot = snapshotOf(change)
    for (const session of sessions) session.update(snapshot)
    await all(proxies * (change + 1))
  }
  const { user, system } = process.cpuUsage(before)
  const bytes = [...snapshot.clusters.values()].reduce((sum, r) => sum + r.bytes.length, 0)
  const each = (user + system) / 1000 / (proxies * changes)
  console.log(`${proxies} proxies, ${Math.round(bytes / 1024)} KB each: ${each.toFixed(2)} ms of the server's CPU for each configuration`)
  child.kill()
  await once(child, 'exit')
  await ads.close()
}

function snapshotOf(revision: number): Snapshot {
  const clusters = Array.from({ length: 100 }, (_, i): [string, SealedResource] => {
    const message: Cluster = { name: `c-${i}`, altStatName: `${revision}-`.padEnd(4600, 'x') }
    const bytes = Cluster.encode(message).finish()
    const version = contentVersion([{ version: `${i} ${revision}` }])
    return [`c-${i}`, { type: 'clusters', name: `c-${i}`, message, bytes, version }]
  })
  return { ...perType(() => new Map<string, SealedResource>()), clusters: new Map(clusters) }
}

function client(): void {
  const asItIs = (bytes: Buffer) => bytes
  for (let i = 0; i < proxies; i++) {
    const credentials = plain ? grpc.credentials.createInsecure() : grpc.credentials.createSsl(Buffer.from(ca ?? '', 'base64'))
    const channel = new grpc.Client(`127.0.0.1:${port}`, credentials, {
      'grpc.use_local_subchannel_pool': 1,
    })
    const path = '/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources'
    const call = channel.makeBidiStreamRequest(path, asItIs, asItIs, new grpc.Metadata())
    const ask = (responseNonce: string) =>
      void call.write(
        Buffer.from(DiscoveryRequest.encode({ node: { id: `default.p-${i}` }, typeUrl: typeUrls.clusters, responseNonce }).finish()),
      )
    call.on('data', (bytes: Buffer) => ask(DiscoveryResponse.decode(bytes).nonce ?? ''))
    call.on('error', () => {})
    ask('')
  }
}
