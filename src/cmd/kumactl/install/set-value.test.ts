import { describe, expect, it } from 'vitest'
import { readAssignments, setValue } from './set-value.js'

function set(text: string) {
  const values = {}
  for (const { path, value } of readAssignments(text)) setValue(values, path, value)
  return values
}

describe('--set', () => {
  it.each([
    ['a.b=c', { a: { b: 'c' } }],
    ['a=1,b=true,c=null,d=1.5,e=007', { a: 1, b: true, c: null, d: '1.5', e: '007' }],
    ['a={x,2,true}', { a: ['x', 2, true] }],
    ['a={}', { a: [] }],
    ['a=x\\,y,b=z', { a: 'x,y', b: 'z' }],
    ['n.kubernetes\\.io/os=linux', { n: { 'kubernetes.io/os': 'linux' } }],
    ['a=b=c', { a: 'b=c' }],
    ['a=', { a: '' }],
    ['a.b=1,a.c=2', { a: { b: 1, c: 2 } }],
  ])('%s', (text, values) => expect(set(text)).toEqual(values))

  it.each(['a', '=1', 'a..b=1', '__proto__.x=1', 'a.__proto__.x=1'])('%s is refused', (text) => expect(() => set(text)).toThrow())
})
