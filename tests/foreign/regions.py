"""The regions of all partitions that botocore knows."""

import json
import sys

import botocore.session

json.load(sys.stdin)
session = botocore.session.get_session()
partitions = {
    name: session.get_available_regions("ec2", partition_name=name)
    for name in session.get_available_partitions()
}
json.dump({"partitions": partitions}, sys.stdout)
