import { describe, expect, it } from 'vitest'
import { compareExactness, covers, overlap } from './hostnames.js'

describe('host names with wildcards', () => {
  it('cover whole labels, however many, below a domain', () => {
    expect(covers('*.example.com', 'a.example.com')).toBe(true)
    expect(covers('*.example.com', 'a.b.example.com')).toBe(true)
    expect(covers('*.example.com', 'a.myexample.com')).toBe(false)
    expect(covers('*.example.com', '*.b.example.com')).toBe(true)
    expect(covers('*.b.example.com', '*.example.com')).toBe(false)
  })

  it('without one cover themselves, and an empty name covers all', () => {
    expect(covers('a.example.com', 'a.example.com')).toBe(true)
    expect(covers('a.example.com', 'b.example.com')).toBe(false)
    expect(covers('', 'b.example.com')).toBe(true)
    expect(covers('a.example.com', '')).toBe(false)
  })

  it('overlap whichever is the wider one', () => {
    expect(overlap('*', 'a.example.com')).toBe(true)
    expect(overlap('a.example.com', '*.com')).toBe(true)
    expect(overlap('*.a.com', '*.b.com')).toBe(false)
  })
})

it('the more exact host name goes first', () => {
  const names = ['*', '*.com', '*.example.com', 'z.com', 'a.example.com', '*.a.com']
  expect(names.sort(compareExactness)).toEqual(['a.example.com', 'z.com', '*.a.com', '*.example.com', '*.com', '*'])
})
