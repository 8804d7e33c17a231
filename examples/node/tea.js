// Compare, detect, enrol and search with the Tea SDK: @alicloud/cloudauth20190307 and @alicloud/openapi-client.
//
//   VISAGE_ENDPOINT=http://127.0.0.1:3000 VISAGE_KEY_ID=… VISAGE_KEY_SECRET=… node tea.js one.jpg another.jpg
'use strict'

const fs = require('node:fs')
const { default: Cloudauth, CompareFacesRequest } = require('@alicloud/cloudauth20190307')
const { default: OpenApi, Config, OpenApiRequest, Params } = require('@alicloud/openapi-client')
const { RuntimeOptions } = require('@alicloud/tea-util')

const [protocol, host] = process.env.VISAGE_ENDPOINT.split('://')
const config = new Config({
  accessKeyId: process.env.VISAGE_KEY_ID, accessKeySecret: process.env.VISAGE_KEY_SECRET, endpoint: host, protocol,
})
const cloudauth = new Cloudauth(config)
const green = new OpenApi(config)
const runtime = new RuntimeOptions({ connectTimeout: 10000, readTimeout: 10000 })

const inline = (path) => 'base64://' + fs.readFileSync(path).toString('base64')

async function compare(one, another) {
  const request = new CompareFacesRequest({
    sourceImageType: 'FacePic', sourceImageValue: inline(one), targetImageType: 'FacePic', targetImageValue: inline(another),
  })
  return (await cloudauth.compareFacesWithOptions(request, runtime)).body.data
}

async function call(action, pathname, body) {
  const params = new Params({
    action, version: '2018-05-09', protocol, pathname, method: 'POST', authType: 'AK', style: 'ROA', reqBodyType: 'json',
    bodyType: 'json',
  })
  const answer = (await green.callApi(params, new OpenApiRequest({ body }), runtime)).body
  if (answer.code !== 200) throw new Error(`${answer.code}: ${answer.msg}`)
  return answer.data
}

async function main(one, another) {
  const compared = await compare(one, another)
  const same = compared.similarityScore >= Number(JSON.parse(compared.confidenceThresholds)['0.001'])
  console.log(`compare: ${compared.similarityScore.toFixed(2)}, ${same ? 'the same person' : 'two people'}`)

  const [face] = (await call('DetectFace', '/green/face/detect', { url: inline(one) })).faces
  console.log(`detect: smile ${face.smile.value.toFixed(2)}, glasses ${face.glasses.value}, ${face.hairstyle.value}`)

  const person = { personId: 'sample-node-tea' }
  await call('AddPerson', '/green/sface/person/add', { ...person, groupIds: ['samples-node-tea'], name: 'Sample' })
  try {
    await call('AddFaces', '/green/sface/face/add', { ...person, urls: [inline(one)] })
    const tasks = [{ url: inline(another), extras: { groupId: 'samples-node-tea' } }]
    const [scanned] = await call('ImageSyncScan', '/green/image/scan', { scenes: ['sface-n'], tasks })
    const [result] = scanned.results
    console.log(`search: ${result.label}, ${result.topPersonData[0].persons[0].personId}, ${result.rate.toFixed(2)}`)
  } finally {
    await call('DeletePerson', '/green/sface/person/delete', person)
  }

  await compare(one, '/dev/null').catch((error) => console.log(`refused: ${error.code}`))
}

main(...process.argv.slice(2)).catch((error) => { console.error(error); process.exitCode = 1 })
