import { describe, expect, it } from 'vitest'
import { evaluateTemplate } from './go-template.js'

const text = (template: string, parameters: Record<string, string> = {}) => {
  const result = evaluateTemplate(template, { fields: new Map(Object.entries(parameters)), missing: '<no value>' })
  return result.ok ? result.text : result.message
}

const withLabels = (template: string) => {
  const result = evaluateTemplate(template, { fields: new Map([['Name', 'orders']]), labels: { team: 'checkout' } })
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

  it("say what is wrong in Go's words, with the line", () => {
    expect(text('{{.service')).toBe('failed compiling gotemplate error="template: :1: unclosed action"')
    expect(text('foo.{{mesh')).toContain('function \\"mesh\\" not defined')
    expect(text('a\n{{}}')).toBe('failed compiling gotemplate error="template: :2: missing value for command"')
    expect(text('{{if .a}}x{{end}}')).toContain('unsupported action \\"if .a\\"')
  })
})

describe('templates of host names and identities', () => {
  it('take labels, as an argument or from a pipe', () => {
    expect(withLabels('{{ .Name }}.{{ label "team" }}.corp')).toBe('orders.checkout.corp')
    expect(withLabels('{{ "team" | label }}{{ `-x` }}')).toBe('checkout-x')
  })

  it('fail for a label or a field that is not there, saying where', () => {
    expect(withLabels('{{ .Name }}.{{ label "cost" }}.corp')).toBe(
      'pre evaluation of template with parameters failed with error="template: :1:15: executing \\"\\" at <label \\"cost\\">: ' +
        'error calling label: label cost not found"',
    )
    expect(withLabels('{{ .Nmae }}')).toContain("can't evaluate field Nmae")
  })

  it('know only the function label', () => {
    expect(withLabels('{{ .Name | invalid }}')).toContain('template: :1: function \\"invalid\\" not defined')
    expect(withLabels('{{ .Name|1 }}')).toContain('template: :1: non executable command in pipeline stage 2')
    expect(text('{{ label "team" }}')).toContain('function \\"label\\" not defined')
  })
})
