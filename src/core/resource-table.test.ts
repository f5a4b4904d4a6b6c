import { expect, it } from 'vitest'
import { ResourceTable } from './resource-table.js'
import type { ChangeEvent } from './store.js'

const key = (name: string) => ({ type: 'Zone', name })

function stored(name: string, position: number): ChangeEvent {
  const resource = { ...key(name), labels: {}, spec: {} }
  return { op: 'put', key: key(name), stored: { resource, version: position }, position }
}

it('forgets the oldest deletions and says reset to whom they would be missing', () => {
  const table = new ResourceTable(undefined, 2)
  table.apply([stored('a', 1), stored('b', 2), stored('c', 3)])
  for (const [index, name] of ['a', 'b', 'c'].entries()) table.apply([{ op: 'delete', key: key(name), position: 4 + index }])
  expect(table.forgotten).toBe(4)
  expect(table.changesSince(3)).toBe('reset')
  expect(table.changesSince(4)).toEqual([
    { op: 'delete', key: key('b'), position: 5 },
    { op: 'delete', key: key('c'), position: 6 },
  ])
  expect(table.changesSince(7)).toBe('reset')
})

it('a key that is there again is no deletion any more', () => {
  const table = new ResourceTable(undefined, 1)
  table.apply([stored('a', 1), { op: 'delete', key: key('a'), position: 2 }, stored('a', 3)])
  expect(table.forgotten).toBe(0)
  expect(table.changesSince(0)).toEqual([stored('a', 3)])
})
