"""What the common parent of functions has read, they need not read."""

import subprocess
import sys


def test_a_session_finds_the_descriptions_of_services_that_were_read_before():
    code = """
from local.functions import zygote
zygote._read_descriptions()
from botocore.loaders import JSONFileLoader
from botocore.session import Session
def refuse(*_arguments):
    raise AssertionError("read again")
JSONFileLoader._load_file = refuse
for service in zygote._SERVICES:
    Session().create_client(service, "eu-central-1", aws_access_key_id="-", aws_secret_access_key="-")
"""
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
