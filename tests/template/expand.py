"""Run by the Python of SAM's own environment: prints the CloudFormation template that SAM expands a template to."""

import json
import sys
from types import SimpleNamespace

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

PACKAGED = {"AWS::Serverless::Function": "CodeUri", "AWS::Serverless::LayerVersion": "ContentUri"}

with open(sys.argv[1]) as file:
    document = yaml_parse(file.read())
document["Globals"]["Function"].pop("CodeUri")
for resource in document["Resources"].values():
    if resource["Type"] in PACKAGED:
        resource["Properties"][PACKAGED[resource["Type"]]] = "s3://bucket/key"
expanded = transform(document, {}, SimpleNamespace(load=dict))
print(json.dumps(expanded["Resources"]))
