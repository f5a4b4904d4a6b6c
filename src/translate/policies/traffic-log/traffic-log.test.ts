import { describe, expect, it } from 'vitest'
import { type DataplaneText, dataplane, lastFilter, policy, routeAll, shop, translated } from '../../../../test/translated.js'

const everyPlaceholder = [
  'KUMA_SOURCE_ADDRESS',
  'KUMA_SOURCE_ADDRESS_WITHOUT_PORT',
  'KUMA_SOURCE_SERVICE',
  'KUMA_DESTINATION_SERVICE',
  'KUMA_MESH',
  'KUMA_TRAFFIC_DIRECTION',
  'KUMA_ZONE',
  'KUMA_WORKLOAD',
  'KUMA_ELSE',
]
  .map((name) => `%${name}%`)
  .join(' ')
const logging = (format: string) =>
  `logging: {defaultBackend: f, backends: [{name: f, type: file, format: '${format}', conf: {path: /log}}, {name: g, type: file, conf: {path: /other}}]}\n`
const mesh = (format: string, web: DataplaneText = {}) =>
  shop(logging(format)) + dataplane('web', { outbounds: ['orders'], ...web }) + dataplane('orders', { address: '10.0.0.2' }) + routeAll
const logs = (yaml: string, listener = 'outbound:127.0.0.1:9001') => lastFilter(translated(yaml), listener).accessLog
const line = (yaml: string, listener?: string) => logs(yaml, listener)[0].typedConfig.logFormat.textFormatSource.inlineString

describe('the line that is logged', () => {
  it("has Kuma's placeholders filled in, Envoy's and unknown ones left alone", () => {
    expect(line(mesh(`${everyPlaceholder} %RESPONSE_CODE%`) + policy('TrafficLog'))).toBe(
      '10.0.0.1:0 10.0.0.1 web orders shop OUTBOUND   %KUMA_ELSE% %RESPONSE_CODE%\n',
    )
  })

  it('has the advertised address of the proxy, IPv6 in brackets before a port', () => {
    const format = '%KUMA_SOURCE_ADDRESS% %KUMA_SOURCE_ADDRESS_WITHOUT_PORT%'
    const advertised = { networking: ", advertisedAddress: 'fd00::1'" }
    expect(line(mesh(format, advertised) + policy('TrafficLog'))).toBe('[fd00::1]:0 fd00::1\n')
  })

  it('says of direct access which instance was dialled', () => {
    const direct = ', transparentProxying: {redirectPortInbound: 15006, redirectPortOutbound: 15001, directAccessServices: [orders]}'
    const yaml = mesh('%KUMA_DESTINATION_SERVICE% %KUMA_TRAFFIC_DIRECTION%', { networking: direct })
    const log = policy('TrafficLog', undefined, { to: 'pass_through' })
    expect(line(yaml + log, 'direct_access_10.0.0.2:8080')).toBe('direct_access_10.0.0.2:8080 OUTBOUND\n')
    expect(line(yaml + log, 'outbound:passthrough:ipv6')).toBe('external UNSPECIFIED\n')
    expect(logs(yaml + log, 'inbound:passthrough:ipv4')).toBeUndefined()
  })
})

describe('where it is logged to', () => {
  it('the named backend, else the default one', () => {
    const path = (conf?: object) => logs(mesh('') + policy('TrafficLog', conf))[0].typedConfig.path
    expect([path(), path({ backend: 'g' })]).toEqual(['/log', '/other'])
  })

  it('nowhere, with one warning, where the mesh has no such backend', () => {
    const yaml = mesh('').replace('outbound: [', 'outbound: [{port: 9002, tags: {kuma.io/service: orders}},')
    const answer = translated(yaml + policy('TrafficLog', { backend: 'elsewhere' }))
    expect(lastFilter(answer, 'outbound:127.0.0.1:9001').accessLog).toBeUndefined()
    expect(answer.issues.map(({ level, code, path, message }) => [level, code, path, message])).toEqual([
      [
        'warning',
        'unknown-backend',
        'conf.backend',
        'there is no backend "elsewhere": the backends in logging of mesh "shop" are: "f", "g"',
      ],
    ])
  })
})
