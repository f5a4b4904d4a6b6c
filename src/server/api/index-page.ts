import type { Kind } from '../../core/kind.js'
import { demandAccess } from './access.js'
import { isReadOnly, type RouteFamily } from './context.js'
import { serve } from './route.js'

/** What the control plane says of itself: `/`, `/config`, `/who-am-i`, `/_resources`, `/policies`. */
export const indexPages: RouteFamily = (app, context) => {
  const { about, access, registry } = context
  const kinds = [...registry.kinds].sort((a, b) => (a.type < b.type ? -1 : 1))

  serve(app, '/', { GET: { handler: () => ({ ...about, gui: about.gui ?? '' }) } })

  serve(app, '/config', {
    GET: {
      title: 'Could not show the configuration',
      handler: async ({ user }) => {
        await demandAccess(access, user, 'view', { concern: 'controlPlaneMetadata', what: 'control-plane metadata' })
        return context.config()
      },
    },
  })

  serve(app, '/who-am-i', { GET: { handler: ({ user }) => ({ name: user.name, groups: user.groups }) } })

  serve(app, '/_resources', {
    GET: { handler: () => ({ resources: kinds.map((kind) => resourceEntry(kind, isReadOnly(context, kind))) }) },
  })

  serve(app, '/policies', {
    GET: {
      handler: () => ({
        policies: kinds.filter((kind) => kind.policy !== undefined).map((kind) => policyEntry(kind, isReadOnly(context, kind))),
      }),
    },
  })
}

function resourceEntry(kind: Kind, readOnly: boolean) {
  const { policy } = kind
  return {
    includeInFederation: kind.includeInFederation === true,
    name: kind.type,
    path: kind.plural,
    pluralDisplayName: kind.displayName.plural,
    ...(policy !== undefined && {
      policy: {
        hasFromTargetRef: policy.hasFromTargetRef === true,
        hasRulesTargetRef: policy.hasRulesTargetRef === true,
        hasToTargetRef: policy.hasToTargetRef === true,
        isFromAsRules: policy.isFromAsRules === true,
        isTargetRef: policy.matching === 'targetRef',
      },
    }),
    readOnly,
    scope: kind.scope,
    shortName: kind.shortName ?? '',
    singularDisplayName: kind.displayName.singular,
  }
}

function policyEntry(kind: Kind, readOnly: boolean) {
  return {
    name: kind.type,
    readOnly,
    path: kind.plural,
    singularDisplayName: kind.displayName.singular,
    pluralDisplayName: kind.displayName.plural,
    isExperimental: false,
    isTargetRefBased: kind.policy?.matching === 'targetRef',
    isInbound: kind.policy?.hasFromTargetRef === true,
    isOutbound: kind.policy?.hasToTargetRef === true,
  }
}
