import { expect, test } from 'vitest'
import { rawFault } from './raw-fault.js'

const listener = (filter: string) => `
'@type': type.googleapis.com/envoy.config.listener.v3.Listener
name: extra
address:
  socketAddress: { address: 127.0.0.1, portValue: 9000 }
filterChains:
- filters:
  - name: envoy.filters.network.tcp_proxy
    ${filter}
`

test('names every message on the way to what is wrong', () => {
  const text = listener('typedConfig: {}').replace('portValue: 9000', 'portValue: 70000')
  expect(rawFault(text)).toContain('SocketAddress.PortValue')
})

test('looks at no rule of what is packed in an Any: the peer does not either', () => {
  const unnamed = "typedConfig: { '@type': type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy, cluster: backend }"
  expect(rawFault(listener(unnamed))).toBeUndefined()
})
