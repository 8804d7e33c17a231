"""moto is spared EC2, unless somebody asks for it."""

import subprocess
import sys


def run(code: str) -> list[str]:
    """What Python prints that has not imported moto yet."""
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.split()


def test_the_parameter_store_does_without_ec2():
    code = """
import sys
from local.cloud.spare import spare_ec2
spare_ec2()
from moto.ssm.models import ssm_backends
backend = ssm_backends["123456789012"]["eu-central-1"]
print("moto.ec2.models" in sys.modules, backend.region_name)
"""
    assert run(code) == ["False", "eu-central-1"]


def test_who_asks_for_ec2_gets_it():
    code = """
from local.cloud.spare import spare_ec2
spare_ec2()
from moto.ssm import models
for _ in range(2):
    print(type(models.ec2_backends["123456789012"]["eu-central-1"]).__name__)
spare_ec2()
from moto.ec2 import ec2_backends
print(type(ec2_backends["123456789012"]["eu-central-1"]).__name__)
"""
    assert run(code) == ["EC2Backend"] * 3
