"""People whom a test brings to a company, and those who sign in as a role."""

from datetime import datetime, timezone

from kaccess.credentials.aws_credentials import AwsCredentials
from kaccess.credentials.sign import sign


def hire(company, name, *iam_groups, path="/"):
    """Make an IAM user with a key of their own, in these groups; returns the user's ARN."""
    iam = company.client("iam")
    arn = iam.create_user(UserName=name, Path=path)["User"]["Arn"]
    key = iam.create_access_key(UserName=name)["AccessKey"]
    company.sandbox.keys[name] = key["AccessKeyId"], key["SecretAccessKey"]
    for iam_group in iam_groups:
        iam.add_user_to_group(GroupName=iam_group, UserName=name)
    return arn


def dismiss(company, name):
    """Delete an IAM user and all that goes with them."""
    iam = company.client("iam")
    for group in iam.list_groups_for_user(UserName=name)["Groups"]:
        iam.remove_user_from_group(GroupName=group["GroupName"], UserName=name)
    for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    for policy in iam.list_user_policies(UserName=name)["PolicyNames"]:
        iam.delete_user_policy(UserName=name, PolicyName=policy)
    iam.delete_user(UserName=name)


def assume(company, person, iam_role, session_name, *, with_code=False):
    """A cluster token of a session of this role, which the person asks STS for."""
    code = {}
    if with_code:
        serial = company.sandbox.cloud.mfa.serial_of(person)
        code = {"SerialNumber": serial, "TokenCode": company.sandbox.mfa_code(person)}
    sts = company.client("sts", person)
    given = sts.assume_role(RoleArn=iam_role, RoleSessionName=session_name, **code)["Credentials"]
    return token_of(AwsCredentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"]))


def signed_in(company, role_name, session_name):
    """A cluster token of a session of this role, as IAM Identity Center or a service gives it."""
    given = company.sandbox.cloud.sign_in(role_name, session_name)
    return token_of(AwsCredentials(given.access_key_id, given.secret, given.session_token))


def token_of(credentials):
    return sign(credentials, cluster="cardo-eks", region="eu-south-1", now=datetime.now(timezone.utc)).text


def comes_in(company, token, expected):
    """Hold the API server to knowing the bearer of a token by this name and these groups; None: to refusing them."""
    found = company.until(lambda: company.who("", token), lambda found: found == expected)
    assert found == expected


def role_to_sign_in_to(company, name, path="/"):
    """Make an IAM role that a service may take on; returns its ARN."""
    trust = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",'
    trust += '"Principal":{"Service":"ec2.amazonaws.com"}}]}'
    made = company.client("iam").create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=trust)
    return made["Role"]["Arn"]
