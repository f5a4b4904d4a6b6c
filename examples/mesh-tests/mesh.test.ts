import { fileURLToPath } from 'node:url'
import { meshFrom, meshMatchers } from '@kuma/core/testing'
import { expect, test } from 'vitest'

expect.extend(meshMatchers)
const mesh = meshFrom(fileURLToPath(new URL('mesh', import.meta.url)))

test('web may ask orders, guests may not', () => {
  expect(mesh).toAllow({ from: 'web', to: 'orders', method: 'GET', path: '/orders/1' })
  expect(mesh).toDeny({ from: 'guest', to: 'orders' })
})

test('version 2 of orders is for those who ask for it', () => {
  expect(mesh).toRoute({ from: 'web', to: 'orders', headers: { 'x-orders-version': '2' } }, { tags: { version: '2' } })
  expect(mesh).toRoute({ from: 'web', to: 'orders' }, { tags: { version: '1' } })
})
