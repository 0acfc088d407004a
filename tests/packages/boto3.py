"""boto3: a client of S3: its models, a signed address, stubbed answers.

with: boto3
grants: a folder as /data
"""

import boto3
from botocore.stub import Stubber

s3 = boto3.client("s3", region_name="us-east-1", aws_access_key_id="id", aws_secret_access_key="secret")
url = s3.generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "k"}, ExpiresIn=60)
assert "Signature=" in url or "X-Amz-Signature=" in url, url
with Stubber(s3) as stubber:
    stubber.add_response("list_buckets", {"Buckets": [{"Name": "one"}]})
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["one"]
    stubber.add_client_error("get_object", "NoSuchKey")
    try:
        s3.get_object(Bucket="b", Key="k")
    except s3.exceptions.NoSuchKey:
        pass
    else:
        raise AssertionError("a key is there")
