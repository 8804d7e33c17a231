// Calls by the official Node SDKs, as lines of JSON ask for them; see drivers.py.
'use strict'

const readline = require('node:readline')
const { ROAClient, RPCClient } = require('@alicloud/pop-core')
const { default: OpenApi, Config, OpenApiRequest, Params } = require('@alicloud/openapi-client')
const { RuntimeOptions } = require('@alicloud/tea-util')
const cloudauth = require('@alicloud/cloudauth20190307')

const TIMEOUT = 30000

function classic({ endpoint, key, secret, action, path, params, body }) {
  const config = {
    accessKeyId: key, accessKeySecret: secret, endpoint: `http://${endpoint}`, codes: ['1'], opts: { timeout: TIMEOUT },
  }
  if (!path) return new RPCClient({ ...config, apiVersion: '2019-03-07' }).request(action, params, { method: 'POST' })
  const client = new ROAClient({ ...config, apiVersion: '2018-05-09' })
  return client.request('POST', path, {}, JSON.stringify(body), { 'content-type': 'application/json' })
}

async function tea({ endpoint, key, secret, action, path, params, body }) {
  const config = new Config({ accessKeyId: key, accessKeySecret: secret, endpoint, protocol: 'http' })
  const runtime = new RuntimeOptions({ connectTimeout: TIMEOUT, readTimeout: TIMEOUT })
  const operation = action.charAt(0).toLowerCase() + action.slice(1)
  if (!path) {
    const client = new cloudauth.default(config)
    const model = cloudauth[`${action}Request`]
    if (!model) return (await client[`${operation}WithOptions`](runtime)).body.toMap()
    const fields = Object.entries(params).map(([name, value]) => [name.charAt(0).toLowerCase() + name.slice(1), value])
    return (await client[`${operation}WithOptions`](new model(Object.fromEntries(fields)), runtime)).body.toMap()
  }
  const call = new Params({
    action, version: '2018-05-09', protocol: 'http', pathname: path, method: 'POST', authType: 'AK', style: 'ROA',
    reqBodyType: 'json', bodyType: 'json',
  })
  return (await new OpenApi(config).callApi(call, new OpenApiRequest({ body }), runtime)).body
}

const write = (answer) => process.stdout.write(JSON.stringify(answer) + '\n')

readline.createInterface({ input: process.stdin }).on('line', async (line) => {
  const asked = JSON.parse(line)
  try {
    write({ body: await { classic, tea }[asked.sdk](asked) })
  } catch (error) {
    write({ error: { kind: error.name, code: error.code, message: error.message } })
  }
})
