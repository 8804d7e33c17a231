// The comparison as code, for the official clients and for curl.

import { isLocal } from "./session.js";

const ID = "AccessKeyId";
const SECRET = "AccessKeySecret";

/** {language: text}. */
export function compareSamples(types) {
  return { Python: python(types), Node: node(types), curl: curl(types) };
}

function python({ source, target }) {
  return `# pip install aliyun-python-sdk-cloudauth
import base64, json
from aliyunsdkcore.client import AcsClient
from aliyunsdkcloudauth.request.v20190307.CompareFacesRequest import CompareFacesRequest

def image(path):
    with open(path, "rb") as file:
        return "base64://" + base64.b64encode(file.read()).decode()

client = AcsClient("${ID}", "${SECRET}", "cn-hangzhou")
request = CompareFacesRequest()
request.set_endpoint("${isLocal ? location.origin : location.host}")
${isLocal ? "" : 'request.set_protocol_type("https")\n'}request.set_SourceImageType("${source}")
request.set_SourceImageValue(image("source.jpg"))
request.set_TargetImageType("${target}")
request.set_TargetImageValue(image("target.jpg"))
data = json.loads(client.do_action_with_exception(request))["Data"]
print(data["SimilarityScore"], data["ConfidenceThresholds"])
`;
}

function node({ source, target }) {
  return `// npm install @alicloud/pop-core; it takes "1", the contract's Code of success, for an error: deploy with SuccessCode=200
const fs = require('fs')
const { RPCClient } = require('@alicloud/pop-core')

const image = (path) => 'base64://' + fs.readFileSync(path).toString('base64')
const client = new RPCClient({
  accessKeyId: '${ID}', accessKeySecret: '${SECRET}',
  endpoint: '${location.origin}', apiVersion: '2019-03-07',
})
client.request('CompareFaces', {
  SourceImageType: '${source}', SourceImageValue: image('source.jpg'),
  TargetImageType: '${target}', TargetImageValue: image('target.jpg'),
}, { method: 'POST', timeout: 10000 })
  .catch((error) => { if (error.data?.Success) return error.data; throw error })
  .then(({ Data }) => console.log(Data.SimilarityScore, Data.ConfidenceThresholds))
`;
}

function curl({ source, target }) {
  return `# needs bash, curl, openssl: signed as ACS3-HMAC-SHA256
id='${ID}' secret='${SECRET}' host='${location.host}'
encoded() { printf 'base64%%3A%%2F%%2F'; base64 < "$1" | tr -d '\\n' | sed 's/+/%2B/g; s/\\//%2F/g; s/=/%3D/g'; }
{ printf 'SourceImageType=${source}&SourceImageValue='; encoded source.jpg
  printf '&TargetImageType=${target}&TargetImageValue='; encoded target.jpg; } > body.txt
hash=$(openssl dgst -sha256 -r < body.txt | cut -d' ' -f1)
date=$(date -u +%Y-%m-%dT%H:%M:%SZ) nonce=$(openssl rand -hex 16)
names='host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version'
request=$(printf '%s\\n' POST / '' "host:$host" x-acs-action:CompareFaces "x-acs-content-sha256:$hash" \\
  "x-acs-date:$date" "x-acs-signature-nonce:$nonce" x-acs-version:2019-03-07 '' "$names" "$hash")
digest=$(printf %s "$request" | openssl dgst -sha256 -r | cut -d' ' -f1)
signature=$(printf 'ACS3-HMAC-SHA256\\n%s' "$digest" | openssl dgst -sha256 -hmac "$secret" -r | cut -d' ' -f1)
curl -s '${location.origin}/' --data-binary @body.txt -H 'Accept: application/json' \\
  -H 'x-acs-action: CompareFaces' -H 'x-acs-version: 2019-03-07' -H "x-acs-content-sha256: $hash" \\
  -H "x-acs-date: $date" -H "x-acs-signature-nonce: $nonce" \\
  -H "Authorization: ACS3-HMAC-SHA256 Credential=$id,SignedHeaders=$names,Signature=$signature"
`;
}
