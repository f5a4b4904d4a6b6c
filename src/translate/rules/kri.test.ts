import { expect, it } from 'vitest'
import { formatKri, kriOf, parseKri, sectionOf, withSection, withoutSection } from './kri.js'

it('builds identifiers of resources by the labels that say where they come from', () => {
  const labels = { 'kuma.io/zone': 'kuma-3', 'k8s.kuma.io/namespace': 'demo', 'kuma.io/display-name': 'client' }
  expect(kriOf({ type: 'MeshService', mesh: 'default', name: 'client.demo', labels, spec: {} }, 'msvc', '80')).toBe(
    'kri_msvc_default_kuma-3_demo_client_80',
  )
  expect(kriOf({ type: 'Mesh', name: 'default', labels: {}, spec: {} }, 'm')).toBe('kri_m____default_')
})

it('reads what it writes', () => {
  const parts = { shortName: 'dp', mesh: 'default', zone: 'test-zone', namespace: '', name: 'dp-1', section: 'main-port' }
  expect(parseKri(formatKri(parts))).toEqual(parts)
  expect(parseKri('kri_m____default_')).toEqual({ shortName: 'm', mesh: '', zone: '', namespace: '', name: 'default', section: '' })
})

it('reads nothing else', () => {
  for (const text of ['', 'orders', 'kri_msvc_default_east__orders', 'xri_msvc_default_east__orders_', 'kri__default_east__orders_']) {
    expect(parseKri(text)).toBeUndefined()
  }
})

it('changes the section only', () => {
  expect(withSection('kri_msvc_default_east__orders_', 'http')).toBe('kri_msvc_default_east__orders_http')
  expect(withoutSection('kri_msvc_default_east__orders_http')).toBe('kri_msvc_default_east__orders_')
  expect(sectionOf('kri_msvc_default_east__orders_http')).toBe('http')
})
