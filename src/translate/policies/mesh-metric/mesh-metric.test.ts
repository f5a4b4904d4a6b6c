import { describe, expect, test } from 'vitest'
import type { DataplaneSpec } from '../../../core/kinds/dataplane.js'
import { roleOf } from './proxy-role.js'
import type { MetricConf } from './schema.js'
import { validateMetric } from './validate.js'

const faults = (conf: MetricConf) =>
  validateMetric({ default: conf }, { name: 'm', labels: {} }).map(
    ({ path, message }) => `${path.replace('spec.default.', '')}: ${message}`,
  )

describe('what a MeshMetric refuses', () => {
  test('selectors that are no regular expressions, where they are to be', () => {
    const profiles = { exclude: [{ type: 'Prefix', match: '(' }], include: [{ type: 'Regex', match: '(' }] } as const
    expect(faults({ sidecar: { profiles: { exclude: [...profiles.exclude], include: [...profiles.include] } } })).toEqual([
      'sidecar.profiles.include[0].match: invalid regex',
    ])
  })

  test('backends without their part, and collectors without a port', () => {
    expect(faults({ backends: [{ type: 'Prometheus' }, { type: 'OpenTelemetry', openTelemetry: { endpoint: 'otel' } }] })).toEqual([
      'backends.backend[0].prometheus: must be defined',
      'backends.backend[1].openTelemetry.endpoint: must be in host:port format',
    ])
  })

  test('listeners of gateways are fine for those who run the mesh', () => {
    const targetRef = { kind: 'MeshGateway', name: 'edge', tags: { port: 'x' } } as const
    expect(validateMetric({ targetRef }, { name: 'm', labels: {} })).toEqual([])
  })
})

test('what a proxy is for', () => {
  const role = (networking: DataplaneSpec['networking']) => roleOf({ type: 'Dataplane', name: 'd', labels: {}, spec: { networking } })
  const [ingress, egress] = [{ type: 'ZoneIngress' }, { type: 'ZoneEgress' }] as const
  expect(role({ inbound: [{ port: 1 }] })).toEqual({ name: 'sidecar', hasApplication: true })
  expect(role({ gateway: { type: 'BUILTIN' } })).toEqual({ name: 'gateway', hasApplication: true })
  expect(role({ listeners: [ingress] })).toEqual({ name: 'zone-ingress', hasApplication: false })
  expect(role({ listeners: [egress] })).toEqual({ name: 'zone-egress', hasApplication: false })
  expect(role({ listeners: [egress, ingress], inbound: [{ port: 1 }] })).toEqual({ name: 'zone-proxy', hasApplication: true })
})
