import { expect, test } from 'vitest'
import { withNewerFields } from './newer-fields.js'

const proto = `import "a.proto";

message Outer {
  // A brace in a comment: }
  message Inner {
    string name = 1 [(validate.rules).string = {min_len: 1}];
  }
  enum Kind {
    NONE = 0;
  }
  oneof choice {
    string x = 1;
  }
}

message Other {
  string name = 1;
}
`
const added = (...lines: string[]) => withNewerFields('p.proto', proto, new Map([['p.proto', lines]]))
const flat = (text: string) => text.replace(/\s+/g, ' ')

test('a field, a message and a value go to the end of what they belong to', () => {
  expect(flat(added('Outer.Inner: int32 size = 2;'))).toContain('{min_len: 1}]; int32 size = 2; }')
  expect(flat(added('Outer: message New { bool y = 1; }'))).toContain('} message New { bool y = 1; } } message Other')
  expect(flat(added('Outer.Kind: SOME = 1;'))).toContain('NONE = 0; SOME = 1; }')
  expect(flat(added('message New { }'))).toMatch(/message New \{ \} $/)
})

test('a field of that number and name is replaced, in its own message only', () => {
  const text = added('Outer.Inner: string name = 1;')
  expect(text).not.toContain('validate.rules')
  expect(flat(text)).toContain('message Other { string name = 1; }')
})

test('a member joins its oneof, or begins a new one', () => {
  expect(flat(added('Outer choice: string y = 2;'))).toContain('oneof choice { string y = 2; string x = 1; }')
  expect(flat(added('Other choice: string y = 2;'))).toContain('oneof choice { string y = 2; }')
})

test('an import is added once', () => {
  expect(added('import "a.proto";')).toBe(proto)
  expect(added('import "b.proto";')).toContain('import "b.proto";\nimport "a.proto";')
})

test('other files stay, a place that is not there is an error', () => {
  expect(withNewerFields('q.proto', proto, new Map([['p.proto', ['Outer: bool z = 3;']]]))).toBe(proto)
  expect(() => added('Nowhere: bool z = 3;')).toThrow('p.proto has no Nowhere')
})
