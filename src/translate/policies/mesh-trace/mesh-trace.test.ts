import { describe, expect, test } from 'vitest'
import type { TraceBackend, TraceConf } from './schema.js'
import { validateTrace } from './validate.js'

const faults = (conf: TraceConf) =>
  validateTrace({ default: conf }, { name: 't', labels: {} }).map(({ path, message }) => `${path.replace('spec.default.', '')}: ${message}`)
const ofBackend = (backend: TraceBackend) => faults({ backends: [backend] }).map((fault) => fault.replace('backends[0].', ''))
const datadog = (url: string) => ofBackend({ type: 'Datadog', datadog: { url, splitService: false } })
const zipkin = (url: string) =>
  ofBackend({ type: 'Zipkin', zipkin: { url, apiVersion: 'httpJson', traceId128bit: false, sharedSpanContext: true } })

describe('what a MeshTrace refuses', () => {
  test('no list of backends; an empty one switches tracing off', () => {
    expect(faults({})).toEqual(['backends: must be defined'])
    expect(faults({ backends: [] })).toEqual([])
  })

  test('backends without their part', () => {
    expect(ofBackend({ type: 'Zipkin' })).toEqual(['zipkin: must be defined'])
    expect(ofBackend({ type: 'OpenTelemetry' })).toEqual(['openTelemetry: must be defined'])
  })

  test('places of Zipkin that are no URL', () => {
    expect(zipkin('')).toEqual(['zipkin.url: must not be empty'])
    expect(zipkin('not a url')).toEqual(['zipkin.url: must be a valid url'])
    expect(zipkin('https://zipkin.internal/api')).toEqual([])
  })

  test('anything but the address of a Datadog agent', () => {
    expect(datadog('http://dd:8126')).toEqual([])
    expect(datadog('dd')).toEqual(['datadog.url: must be a valid url'])
    expect(datadog('http://dd:0')).toEqual(['datadog.url: port must be a valid (1-65535)'])
    expect(datadog('http://me@dd:8126?x=y')).toEqual(['datadog.url: user must not be defined', 'datadog.url: query must not be defined'])
    expect(datadog('http:dd')).toEqual(['datadog.url: port must be defined', 'datadog.url: opaque must not be defined'])
  })

  test('percentages out of bounds', () => {
    expect(faults({ backends: [], sampling: { overall: '100.1', client: -1, random: 'half' } })).toEqual([
      'sampling.client: must be between 0 and 100',
      'sampling.random: string is not a number',
      'sampling.overall: must be between 0 and 100',
    ])
  })

  test('gateways to those who do not run the mesh, and listeners of gateways to all', () => {
    const targetRef = { kind: 'MeshGateway', name: 'edge' } as const
    const consumer = { name: 't', labels: { 'kuma.io/policy-role': 'consumer' } }
    expect(validateTrace({ targetRef, default: { backends: [] } }, { name: 't', labels: {} })).toEqual([])
    expect(validateTrace({ targetRef, default: { backends: [] } }, consumer)).toEqual([
      { path: 'spec.targetRef.kind', message: "value 'MeshGateway' is not supported" },
    ])
    expect(
      validateTrace({ targetRef: { ...targetRef, tags: { port: 'x' } }, default: { backends: [] } }, { name: 't', labels: {} }),
    ).toEqual([{ path: 'spec.targetRef.tags', message: 'must not be set with kind MeshGateway' }])
  })
})
