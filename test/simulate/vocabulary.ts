/* What random policies and random requests have in common, so that they meet now and then. */

export const services = ['web', 'api', 'cart', 'rpc', 'db', 'log', 'far', 'outside'] as const
export const httpServices = ['web', 'api', 'cart', 'rpc'] as const
export const versions = ['v1', 'v2'] as const

export const paths = [
  '/',
  '/a',
  '/a/',
  '/a/b',
  '/ab',
  '/A',
  '/api',
  '/api/v1/users',
  '/api/../a/b',
  '/api/./v1',
  '/a//b',
  '/api/%61',
  '/a%2Fb',
  '/a%2e%2e/b',
  '/x.y',
  '/x_y;p=1',
  '/a/b/../..',
  '/api/v1/users/42/',
] as const

export const queries = ['', '', '', '?debug=true', '?debug=false&x=1', '?x=%20y', '?debug', '?x=1&x=2', '?'] as const
export const methods = ['GET', 'GET', 'GET', 'POST', 'PUT', 'DELETE'] as const
export const headerNames = ['x-user', 'x-version', 'x-canary'] as const
export const headerValues = ['t1', 'admin', 'v1', 'v2', 'true', 'a,b', 'Test'] as const
export const hosts = ['api', 'api:80', 'example.com', 'EXAMPLE.com:8080', 'x.mesh', 'web.mesh:81'] as const

export const pathPrefixes = ['/', '/a', '/api', '/api/v1', '/x'] as const
export const pathExpressions = ['/a.*', '/api/v[0-9]+/.*', '.*/users.*', '/x.y', '/(a|x).*', '[^.]*'] as const
export const valueExpressions = ['^t.*', 'v[12]', '.*', 'a.*b', '(?i)test', '\\w+'] as const
