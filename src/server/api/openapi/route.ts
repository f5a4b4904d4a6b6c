import type { RouteFamily } from '../context.js'
import { serve, servedBy } from '../route.js'
import { describeApi } from './description.js'

/** `GET /openapi.json`: the API as it is served here, with the schemas of all kinds. Kuma serves no such document. */
export const openApi: RouteFamily = (app, { about: { version }, registry: { kinds } }) => {
  serve(app, '/openapi.json', {
    GET: {
      handler: () => describeApi(servedBy(app), { version, kinds }),
      describe: { summary: 'This description.', answer: { type: 'object' } },
    },
  })
}
