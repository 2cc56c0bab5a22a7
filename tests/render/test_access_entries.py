"""Access entries as CloudFormation and as Terraform, read back by their own tools where these are installed."""

import json
import re
import shutil
import subprocess

import pytest
import yaml

from kaccess.model.errors import Usage
from kaccess.model.state import Entry
from kaccess.render.access_entries import cloudformation, cloudformation_text, terraform_text
from tests.render.policies import CARDO

PREFIX = "arn:aws:iam::111122223333"
ENTRIES = (
    Entry(f"{PREFIX}:role/kaccess/kaccess-data", ("kaccess:data",), origin="role of IAM group data"),
    Entry(f"{PREFIX}:user/ana", ("kaccess:one", "kaccess:two"), origin="member of IAM group one"),
    Entry(f"{PREFIX}:user/a/ana", ("kaccess:one",), origin="member of IAM group one\n}"),
    Entry(f"{PREFIX}:user/A+b=c,d.e@f-g_h", ('kaccess:a"b${c}%{d}\\',)),
)


def test_a_template_has_a_resource_for_each_entry():
    template = cloudformation(CARDO, ENTRIES)
    assert yaml.safe_load(cloudformation_text(template)) == template
    resources = template["Resources"]
    assert len(resources) == len(ENTRIES)
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9]{1,254}", name) for name in resources)
    assert [each["Properties"]["PrincipalArn"] for each in resources.values()] == [each.principal for each in ENTRIES]
    assert next(iter(resources.values())) == {
        "Type": "AWS::EKS::AccessEntry",
        "Properties": {
            "ClusterName": "cardo-eks",
            "PrincipalArn": f"{PREFIX}:role/kaccess/kaccess-data",
            "Type": "STANDARD",
            "KubernetesGroups": ["kaccess:data"],
            "Tags": [{"Key": "app.kubernetes.io/managed-by", "Value": "kaccess"}],
        },
    }


def test_a_name_stays_when_others_come_and_go():
    all_names = list(cloudformation(CARDO, ENTRIES)["Resources"])
    assert list(cloudformation(CARDO, ENTRIES[1:2])["Resources"]) == all_names[1:2]


def test_more_than_a_template_may_have_is_said():
    many = [Entry(f"{PREFIX}:user/u{number}", ("kaccess:x",)) for number in range(501)]
    with pytest.raises(Usage, match="501 entries, and a CloudFormation template has 500 at most"):
        cloudformation(CARDO, many)


def test_the_linter_of_cloudformation_finds_nothing(tmp_path):
    linter = shutil.which("cfn-lint")
    if linter is None:
        pytest.skip("cfn-lint is not installed")
    path = tmp_path / "template.yaml"
    path.write_text(cloudformation_text(cloudformation(CARDO, ENTRIES)))
    done = subprocess.run([linter, "-r", "eu-south-1", "--", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_terraform_has_a_resource_for_each_entry():
    text = terraform_text(CARDO, ENTRIES)
    labels = re.findall(r'^resource "aws_eks_access_entry" "([a-z_][a-z0-9_]*)" \{$', text, re.MULTILINE)
    assert len(set(labels)) == len(ENTRIES)
    assert text.startswith(
        f'''\
# role of IAM group data
resource "aws_eks_access_entry" "{labels[0]}" {{
  cluster_name      = "cardo-eks"
  principal_arn     = "{PREFIX}:role/kaccess/kaccess-data"
  type              = "STANDARD"
  kubernetes_groups = ["kaccess:data"]

  tags = {{
    "app.kubernetes.io/managed-by" = "kaccess"
  }}
}}

# member of IAM group one
'''
    )


def test_terraform_itself_reads_it_and_would_write_it_so(tmp_path):
    terraform = shutil.which("terraform")
    if terraform is None:
        pytest.skip("terraform is not installed")
    path = tmp_path / "entries.tf"
    path.write_text(terraform_text(CARDO, ENTRIES))
    done = subprocess.run([terraform, "fmt", "-check", "-diff", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_text_of_terraform_is_that_very_text(tmp_path):
    """By its own console: nothing in a name is a template."""
    terraform = shutil.which("terraform")
    if terraform is None:
        pytest.skip("terraform is not installed")
    odd = ENTRIES[-1].kube_groups[0]
    (quoted,) = re.findall(r"kubernetes_groups = \[(.*)\]", terraform_text(CARDO, ENTRIES[-1:]))
    words = [terraform, f"-chdir={tmp_path}", "console"]
    done = subprocess.run(words, input=f"jsonencode({quoted})\n", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(json.loads(done.stdout)) == odd
