// Compare, detect, enrol and search with the classic SDK: @alicloud/pop-core.
//
//   VISAGE_ENDPOINT=http://127.0.0.1:3000 VISAGE_KEY_ID=… VISAGE_KEY_SECRET=… node classic.js one.jpg another.jpg
'use strict'

const fs = require('node:fs')
const { ROAClient, RPCClient } = require('@alicloud/pop-core')

const keys = { accessKeyId: process.env.VISAGE_KEY_ID, accessKeySecret: process.env.VISAGE_KEY_SECRET }
const endpoint = process.env.VISAGE_ENDPOINT // with its scheme
// A function that has not run for a while takes longer than the SDK's 3 seconds.
const opts = { timeout: 10000 }
// The SDK takes a Code but 200 for an error, and the contract's is "1"; a deployment with SuccessCode=200 needs no codes.
const cloudauth = new RPCClient({ ...keys, endpoint, apiVersion: '2019-03-07', codes: ['1'], opts })
const green = new ROAClient({ ...keys, endpoint, apiVersion: '2018-05-09', opts })

const inline = (path) => 'base64://' + fs.readFileSync(path).toString('base64')

async function compare(one, another) {
  const images = {
    SourceImageType: 'FacePic', SourceImageValue: inline(one), TargetImageType: 'FacePic', TargetImageValue: inline(another),
  }
  return (await cloudauth.request('CompareFaces', images, { method: 'POST' })).Data
}

async function call(path, body) {
  const answer = await green.request('POST', path, {}, JSON.stringify(body), { 'content-type': 'application/json' })
  if (answer.code !== 200) throw new Error(`${answer.code}: ${answer.msg}`)
  return answer.data
}

async function main(one, another) {
  const compared = await compare(one, another)
  const same = compared.SimilarityScore >= Number(JSON.parse(compared.ConfidenceThresholds)['0.001'])
  console.log(`compare: ${compared.SimilarityScore.toFixed(2)}, ${same ? 'the same person' : 'two people'}`)

  const [face] = (await call('/green/face/detect', { url: inline(one) })).faces
  console.log(`detect: smile ${face.smile.value.toFixed(2)}, glasses ${face.glasses.value}, ${face.hairstyle.value}`)

  const person = { personId: 'sample-node' }
  await call('/green/sface/person/add', { ...person, groupIds: ['samples-node'], name: 'Sample' })
  try {
    await call('/green/sface/face/add', { ...person, urls: [inline(one)] })
    const tasks = [{ url: inline(another), extras: { groupId: 'samples-node' } }]
    const [scanned] = await call('/green/image/scan', { scenes: ['sface-n'], tasks })
    const [result] = scanned.results
    console.log(`search: ${result.label}, ${result.topPersonData[0].persons[0].personId}, ${result.rate.toFixed(2)}`)
  } finally {
    await call('/green/sface/person/delete', person)
  }

  await compare(one, '/dev/null').catch((error) => console.log(`refused: ${error.code}`))
}

main(...process.argv.slice(2)).catch((error) => { console.error(error); process.exitCode = 1 })
