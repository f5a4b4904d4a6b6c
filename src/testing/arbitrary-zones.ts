import * as fc from 'fast-check'

/* Random zone proxies of this zone and of another one, whose services proxies reach through its ingress. */

const otherZone = 'east'

const offered = (mesh: string, service: () => fc.Arbitrary<string>) =>
  fc
    .uniqueArray(
      fc.record({
        service: service(),
        protocol: fc.constantFrom('http', 'tcp'),
        version: fc.constantFrom('v1', 'v2'),
        instances: fc.integer({ min: 1, max: 3 }),
      }),
      { maxLength: 3, selector: ({ service: name, version }) => `${name} ${version}` },
    )
    .map((services) =>
      services.map(({ service: name, protocol, version, instances }) => ({
        mesh,
        instances,
        tags: { 'kuma.io/service': name, 'kuma.io/protocol': protocol, 'kuma.io/zone': otherZone, version },
      })),
    )

const ingress = (name: string, last: number, more: object) => ({
  ...{ type: 'ZoneIngress', name },
  ...more,
  networking: { address: `10.9.0.${last}`, port: 10001, advertisedAddress: `192.0.2.${last}`, advertisedPort: 10001 },
})

/** Zone proxies, each there or not. */
export const arbitraryZoneProxies = (mesh: string, service: () => fc.Arbitrary<string>): fc.Arbitrary<object[]> =>
  fc
    .record({ ingress: fc.boolean(), egress: fc.boolean(), other: fc.option(offered(mesh, service), { nil: undefined }) })
    .map(({ ingress: hasIngress, egress, other }) => [
      ...(hasIngress ? [ingress('ingress-1', 1, {})] : []),
      ...(egress ? [{ type: 'ZoneEgress', name: 'egress-1', networking: { address: '10.9.0.3', port: 10002 } }] : []),
      ...(other ? [ingress('ingress-2', 2, { zone: otherZone, availableServices: other })] : []),
    ])
