import { expect, it } from 'vitest'
import { readTransparentProxySettings } from './settings.js'

const faultsOf = (given: unknown) => {
  const read = readTransparentProxySettings(given)
  return 'faults' in read ? read.faults.map(({ path, message }) => `${path}: ${message}`) : []
}

it('has the defaults of a Pod', () => {
  const read = readTransparentProxySettings(undefined)
  expect(read).toMatchObject({
    settings: {
      ipFamilyMode: 'dualstack',
      redirect: { inbound: { enabled: true, port: 15_006 }, outbound: { port: 15_001 }, dns: { enabled: false, port: 15_053 } },
      wait: 5,
      retry: { maxRetries: 4, sleepBetweenRetries: 2000 },
    },
  })
})

it.each([
  [{ redirect: { inbound: { port: 0 } } }, 'redirect.inbound.port: found 0: allowed is a port from 1 to 65535'],
  [{ redirect: { outbound: { excludePorts: '1,x' } } }, 'redirect.outbound.excludePorts: found "x": allowed is a list of ports'],
  [
    { redirect: { outbound: { excludePortsForUIDs: 'sctp:1:2' } } },
    'redirect.outbound.excludePortsForUIDs: found "sctp:1:2": allowed is <protocol>',
  ],
  [{ redirect: { outbound: { excludePortsForUIDs: ['tcp:1:2,3'] } } }, 'found "tcp:1:2,3"'],
  [{ redirect: { outbound: { excludePortsForUIDs: ['90-80:1'] } } }, 'found "90-80:1"'],
  [{ redirect: { outbound: { excludePortsForUIDs: ['*'] } } }, 'found "*"'],
  [{ redirect: { inbound: { excludePortsForIPs: '10.0.0.256' } } }, 'found "10.0.0.256": allowed is a list of addresses'],
  [{ redirect: { vnet: { networks: ['docker0 -j ACCEPT:10.0.0.0/8'] } } }, 'allowed is <interface>:<CIDR>'],
  [{ redirect: { vnet: { networks: ['docker0:10.0.0.1'] } } }, 'allowed is <interface>:<CIDR>'],
  [{ kumaDPUser: '1 -j ACCEPT' }, 'kumaDPUser: found "1 -j ACCEPT": allowed is the name or number of a user'],
  [{ ipFamilyMode: 'ipv6' }, 'ipFamilyMode: found "ipv6": allowed is dualstack or ipv4'],
  [{ redirect: { dns: { captureAll: 'perhaps' } } }, 'redirect.dns.captureAll: found "perhaps": allowed is true or false'],
  [{ retry: { sleepBetweenRetries: '-2s' } }, 'retry.sleepBetweenRetries: found "-2s": allowed is a duration'],
  [{ redirect: { inbond: {} } }, 'redirect: Unrecognized key: "inbond"'],
  [{ ebpf: { enabled: true } }, 'ebpf.enabled: eBPF is not supported'],
  [{ redirect: [] }, 'redirect: '],
])('refuses %j', (given, message) => {
  expect(faultsOf(given)).toEqual([expect.stringContaining(message)])
})
