import { describe, expect, it } from 'vitest'
import { refused } from '../../../test/translated.js'

const parameters = [{ name: 'service', tagKey: 'kuma.io/service' }]
const vo = (conf: object) =>
  `type: VirtualOutbound\nmesh: shop\nname: vo\nselectors: [{match: {kuma.io/service: '*'}}]\nconf: ${JSON.stringify(conf)}\n`

describe('what a VirtualOutbound refuses', () => {
  it('hosts and ports that come out as none', () => {
    expect(refused(vo({ host: '{{.service}} mesh', port: '{{.service}}x', parameters }))).toEqual([
      `conf.host: template pre evaluation failed with error="evaluation of template with parameters didn't return a valid dns name result=\\"dummy mesh\\""`,
      `conf.port: template pre evaluation failed with error="evaluation of template with parameters didn't evaluate to a parsable number result=\\"1x\\""`,
    ])
    expect(refused(vo({ host: '{{.service}}.mesh', port: '70000', parameters }))).toEqual([
      'conf.port: template pre evaluation failed with error="evaluation of template returned a port outside of the range [1..65535] result=70000"',
    ])
    expect(refused(vo({ parameters }))).toEqual(['conf.host: has to be defined', 'conf.port: has to be defined'])
  })

  it('parameters that can be no keys of a template', () => {
    const bad = [...parameters, { name: 'v-1' }, { name: 'x y' }, { name: 'service', tagKey: 'a b' }]
    expect(refused(vo({ host: 'a.mesh', port: '80', parameters: bad }))).toEqual([
      'conf.parameters[1].name: must consist of alphanumeric characters to be used as a gotemplate key',
      'conf.parameters[2].name: must be a valid tag name if you are not setting tagKey',
      'conf.parameters[2].name: must consist of alphanumeric characters to be used as a gotemplate key',
      'conf.parameters[3].name: name is already used',
      'conf.parameters[3].tagKey: must be a valid tag name',
    ])
  })
})
