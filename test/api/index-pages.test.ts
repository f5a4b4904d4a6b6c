import { expect, it } from 'vitest'
import { serve } from '../../src/server/api/index.js'
import { registry } from '../../src/translate/kinds.js'
import { about, ControlPlane } from './control-plane.js'

it('/ says which control plane this is', async () => {
  expect(await new ControlPlane().get('/')).toEqual({ status: 200, body: { ...about, gui: '' } })
  expect((await new ControlPlane(undefined, { about: { ...about, gui: '/gui' } }).get('/')).body).toEqual({ ...about, gui: '/gui' })
})

it('/who-am-i says who asks', async () => {
  const groups = ['mesh-system:admin', 'mesh-system:authenticated']
  expect((await new ControlPlane().get('/who-am-i')).body).toEqual({ name: 'mesh-system:admin', groups })
})

it('/config shows the configuration', async () => {
  expect((await new ControlPlane(undefined, { config: () => ({ store: { type: 'memory' } }) }).get('/config')).body).toEqual({
    store: { type: 'memory' },
  })
  expect((await new ControlPlane().get('/config')).body).toEqual({})
})

it('/_resources tells of every kind', async () => {
  const { body } = await new ControlPlane().get('/_resources')
  const resources = body['resources'] as { name: string }[]
  expect(resources.map(({ name }) => name)).toEqual(registry.kinds.map(({ type }) => type).sort())
  expect(resources.find(({ name }) => name === 'TrafficRoute')).toEqual({
    includeInFederation: true,
    name: 'TrafficRoute',
    path: 'traffic-routes',
    pluralDisplayName: 'Traffic Routes',
    policy: { hasFromTargetRef: false, hasRulesTargetRef: false, hasToTargetRef: false, isFromAsRules: false, isTargetRef: false },
    readOnly: false,
    scope: 'Mesh',
    shortName: '',
    singularDisplayName: 'Traffic Route',
  })
  expect(resources.find(({ name }) => name === 'DataplaneInsight')).toMatchObject({ readOnly: true })
  expect(resources.find(({ name }) => name === 'Dataplane')).not.toHaveProperty('policy')
})

it('/policies tells of the policies', async () => {
  const { body } = await new ControlPlane(undefined, { readOnly: true }).get('/policies')
  const policies = body['policies'] as { name: string }[]
  expect(policies.map(({ name }) => name)).toEqual(
    registry.kinds
      .filter(({ policy }) => policy)
      .map(({ type }) => type)
      .sort(),
  )
  expect(policies.find(({ name }) => name === 'TrafficRoute')).toEqual({
    name: 'TrafficRoute',
    readOnly: true,
    path: 'traffic-routes',
    singularDisplayName: 'Traffic Route',
    pluralDisplayName: 'Traffic Routes',
    isExperimental: false,
    isTargetRefBased: false,
    isInbound: false,
    isOutbound: false,
  })
})

it('takes further families of routes, with the same errors and users', async () => {
  const cp = new ControlPlane(undefined, {
    families: [
      (app, { about: { version } }) => {
        serve(app, '/versions', { GET: { handler: ({ user }) => ({ version, user: user.name }) } })
        serve(app, '/broken', { GET: { title: 'Could not do it', handler: () => Promise.reject(new Error('x')) } })
      },
    ],
  })
  expect(await cp.get('/versions')).toEqual({ status: 200, body: { version: '1.2.3', user: 'mesh-system:admin' } })
  expect(await cp.get('/versions/')).toMatchObject({ status: 200 })
  expect(await cp.get('/broken')).toMatchObject({ status: 500, body: { title: 'Could not do it' } })
  expect(await cp.send('PUT', '/versions', {})).toMatchObject({ status: 405 })
})
