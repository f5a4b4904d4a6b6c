import Fastify from 'fastify'
import { expect, test } from 'vitest'
import { soleLeader } from '../../../core/leader.js'
import { createMemoryStore } from '../../../store/memory.js'
import { createMetrics } from './metrics.js'

const about = { product: 'Kuma', version: '2.14.3', hostname: 'h', instanceId: 'i-1', clusterId: 'c-1' }

test('counts under the names and labels that Kuma gives', async () => {
  const metrics = createMetrics('east', about)
  const store = metrics.metered(createMemoryStore())
  metrics.follow(soleLeader(store))
  metrics.countResources(() => [['Mesh', 1]])
  const put = { op: 'put', resource: { type: 'Mesh', name: 'default', labels: {}, spec: {} }, expect: 'absent' } as const
  await store.write([put])
  await expect(store.write([put])).rejects.toMatchObject({ code: 'conflict' })
  await store.list({ type: 'Mesh' })

  const { xds } = metrics
  xds.streamOpened()
  xds.clientVersion('2.14.3', 1)
  xds.requestAnswered('clusters', 'ACK')
  xds.requestAnswered('listeners', 'NACK')
  xds.responseSent('clusters', 5000)
  xds.generated('changed', 3, 'Dataplane')
  xds.generated('error', 3, 'ZoneIngress')
  xds.delivered(12)
  xds.resourceRefused('listeners', 'MeshProxyPatch')

  const app = Fastify()
  app.get('/meshes/:mesh', async () => 'there')
  metrics.api.ofApi(app)
  await app.inject('/meshes/default')

  const text = await metrics.text()
  const cluster = 'type.googleapis.com/envoy.config.cluster.v3.Cluster'
  const listener = 'type.googleapis.com/envoy.config.listener.v3.Listener'
  const lines = [
    'cp_info{product="Kuma",version="2.14.3",instance_id="i-1",cluster_id="c-1",zone="east"} 1',
    'leader{zone="east"} 1',
    'store_count{zone="east",operation="create",resource_type="Mesh"} 2',
    'store_count{zone="east",operation="list",resource_type="Mesh"} 1',
    'store_conflicts{resource_type="Mesh",zone="east"} 1',
    'resources_count{resource_type="Mesh",tenant="",zone="east"} 1',
    'xds_streams_active{zone="east"} 1',
    'xds_client_versions{client_version="2.14.3",zone="east"} 1',
    `xds_requests_received{type_url="${cluster}",confirmation="ACK",error_type="no_error",zone="east"} 1`,
    `xds_requests_received{type_url="${listener}",confirmation="NACK",error_type="other",zone="east"} 1`,
    `xds_responses_sent{type_url="${cluster}",zone="east"} 1`,
    `xds_responses_sent_bytes_sum{zone="east",type_url="${cluster}"} 5000`,
    'xds_generation_count{zone="east",proxy_type="dataplane",result="changed"} 1',
    'xds_generation_errors{zone="east"} 1',
    'xds_delivery_sum{zone="east"} 12',
    `xds_resources_refused{type_url="${listener}",policy="MeshProxyPatch",zone="east"} 1`,
    'api_server_http_request_duration_seconds_count{zone="east",service="",handler="/meshes/:mesh",method="GET",code="200"} 1',
    'api_server_http_requests_inflight{service="",handler="/meshes/:mesh",zone="east"} 0',
  ]
  for (const line of lines) expect(text.split('\n')).toContain(line)
})
