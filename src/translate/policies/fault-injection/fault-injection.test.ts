import { describe, expect, it } from 'vitest'
import { dataplane, lastFilter, policy, refused, shop, translated } from '../../../../test/translated.js'

const to = { 'kuma.io/service': 'orders', 'kuma.io/protocol': 'http' }
const mesh = shop() + dataplane('orders')
const faults = (yaml: string) => {
  const { httpFilters } = lastFilter(translated(mesh + yaml, 'orders-1'), 'inbound:10.0.0.1:8080')
  return httpFilters
    .filter(({ name }: { name: string }) => name === 'envoy.filters.http.fault')
    .map((f: { typedConfig: object }) => f.typedConfig)
}
const abort = (percentage: number) => ({ abort: { percentage, httpStatus: 500 } })
const inject = (conf: object, options = {}) => policy('FaultInjection', conf, { to, ...options })

describe('whom faults hit', () => {
  it('callers whose tags the header holds, dots taken literally', () => {
    const from = { 'kuma.io/service': 'web.shop', region: '*' }
    const [{ headers }] = faults(inject(abort(1), { from }))
    expect(headers[0].safeRegexMatch.regex).toBe('.*&kuma.io/service=[^&]*web\\.shop[,&].*&region=.*')
    const pattern = new RegExp(`^${headers[0].safeRegexMatch.regex}$`)
    expect(pattern.test('&kuma.io/service=api,web.shop&&region=eu&')).toBe(true)
    expect(pattern.test('&kuma.io/service=web-shop&&region=eu&')).toBe(false)
    expect(pattern.test('&kuma.io/service=web.shop&')).toBe(false)
  })

  it('callers of the most specific source first, then of the newest policy', () => {
    const yaml =
      inject(abort(1), { name: 'a' }) +
      inject(abort(2), { name: 'b' }) +
      inject(abort(3), { name: 'c', from: { 'kuma.io/service': 'web', v: '1' } })
    expect(faults(yaml).map((fault: { abort: { percentage: { numerator: number } } }) => fault.abort.percentage.numerator)).toEqual([
      3, 2, 1,
    ])
  })
})

describe('how much', () => {
  it('percentages to the sixth decimal place', () => {
    const fraction = (percentage: number) => faults(inject(abort(percentage)))[0].abort.percentage
    expect([50, 0.01, 33.333].map(fraction)).toEqual([
      { numerator: 50 },
      { numerator: 1, denominator: 'TEN_THOUSAND' },
      { numerator: 333330, denominator: 'MILLION' },
    ])
  })

  it('bandwidth in any unit that is accepted', () => {
    const kbps = (limit: string) =>
      faults(inject({ responseBandwidth: { percentage: 1, limit } }))[0].responseRateLimit.fixedLimit.limitKbps
    expect(['50 kbps', '7kbps', '3 mbps', '1gbps', '0 kbps'].map(kbps)).toEqual(['50', '7', '3000', '1000000', '1'])
  })
})

describe('what a FaultInjection refuses', () => {
  it('nothing, half of something, and what is no HTTP', () => {
    expect(refused(inject({ delay: {} }))).toEqual(['conf: must have at least one of the faults configured'])
    const conf = { delay: { percentage: 101 }, abort: { httpStatus: 599 }, responseBandwidth: { percentage: 1, limit: '5 Mbps' } }
    expect(refused(inject(conf))).toEqual([
      'conf.delay.percentage: has to be in [0.0 - 100.0] range',
      'conf.delay.value: cannot be empty',
      'conf.abort.percentage: cannot be empty',
      'conf.abort.httpStatus: http status code is incorrect',
      'conf.responseBandwidth.limit: has to be in kbps/mbps/gbps units',
    ])
    expect(refused(policy('FaultInjection', abort(1), { to: 'orders' }))).toEqual(['destinations[0].match: protocol must be specified'])
  })
})
