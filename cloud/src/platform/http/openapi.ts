/** The OpenAPI document, made from the very schemas that validate requests and answers. */
import { problem } from '@tillproof/shared/api/fields.ts'
import { z } from 'zod'
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
} from 'zod-openapi'
import type { Route } from './route.ts'

const problemSchema = problem.meta({ id: 'Problem' })

export function openApiDocument(
  routes: readonly Route[],
  serverUrl: string,
): ReturnType<typeof createDocument> {
  const paths: ZodOpenApiPathsObject = {}
  for (const route of routes) {
    const path = route.path.replaceAll(/[:*](\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method]: operation(route) }
  }
  return createDocument({
    openapi: '3.1.0',
    info: { title: 'Tillproof', version: '1' },
    servers: [{ url: serverUrl }],
    components: {
      securitySchemes: { session: { type: 'apiKey', in: 'cookie', name: 'tillproof' } },
    },
    paths,
  })
}

function operation(route: Route): ZodOpenApiOperationObject {
  return {
    operationId: operationId(route),
    summary: route.summary,
    security: route.access === 'public' ? [] : [{ session: [] }],
    ...requestOf(route),
    responses: {
      ...success(route),
      default: {
        description: 'What went wrong, and what to do next',
        content: { 'application/json': { schema: problemSchema } },
      },
    },
  }
}

/** `get /api/v1/devices/:id` becomes `get.devices.id`: unique because method and path are. */
function operationId(route: Route): string {
  const words = route.path.replace('/api/v1', '').match(/[\w-]+/g) ?? ['root']
  return [route.method, ...words].join('.')
}

function requestOf(route: Route): Partial<ZodOpenApiOperationObject> {
  const requestParams = {
    ...(route.params instanceof z.ZodObject ? { path: route.params } : {}),
    ...(route.query instanceof z.ZodObject ? { query: route.query } : {}),
  }
  const bytes = { content: { '*/*': { schema: { type: 'string' as const } } } }
  const json = route.body && { content: { 'application/json': { schema: route.body } } }
  const requestBody = route.raw === true ? bytes : json
  return {
    ...(Object.keys(requestParams).length > 0 ? { requestParams } : {}),
    ...(requestBody ? { requestBody } : {}),
  }
}

function success(route: Route): ZodOpenApiOperationObject['responses'] {
  const description = 'Done'
  if (route.response !== undefined) {
    const content = { 'application/json': { schema: route.response } }
    return { [`${route.status ?? 200}`]: { description, content } }
  }
  if (route.produces === undefined) return { '204': { description } }
  const content = { [route.produces]: { schema: { type: 'string' as const } } }
  return { '200': { description, content } }
}
