import { describe, expect, it } from 'vitest'
import { evaluateTemplate } from './go-template.js'

const evaluate = (template: string, parameters: Record<string, string> = {}) => evaluateTemplate(template, new Map(Object.entries(parameters)))
const text = (template: string, parameters?: Record<string, string>) => {
  const result = evaluate(template, parameters)
  return result.ok ? result.text : result.message
}

describe('templates of virtual outbounds', () => {
  it('fill in parameters, with space around them or none', () => {
    expect(text('{{.service}}.{{ .v1 }}.mesh', { service: 'web', v1: 'x' })).toBe('web.x.mesh')
    expect(text('8080')).toBe('8080')
  })

  it('trim text and skip comments as Go does', () => {
    expect(text('a {{- .b -}} c{{/* said in passing */}}', { b: 'B' })).toBe('aBc')
  })

  it('say <no value> for what is not given', () => {
    expect(text('{{.a}}-{{.constructor}}', { a: '1' })).toBe('1-<no value>')
  })

  it('say what is wrong in Go\'s words, with the line', () => {
    expect(text('{{.service')).toBe('failed compiling gotemplate error="template: :1: unclosed action"')
    expect(text('a\n{{}}')).toBe('failed compiling gotemplate error="template: :2: missing value for command"')
    expect(text('{{if .a}}x{{end}}')).toContain('unsupported action \\"if .a\\"')
  })
})
