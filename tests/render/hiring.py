"""A company with one more IAM user, who has exactly the rights that `render` gives a persona."""

import json

from tests.e2e.company import Company

ROBOT = "arn:aws:iam::111122223333:user/robot"


class Hiring(Company):
    """`persona` and `kube_group` say what the robot is hired for."""

    persona = "reconciler"
    kube_group = "kaccess-reconciler"

    def hire(self):
        """Make the robot, its key and its entry, and give it its rights."""
        iam = self.client("iam")
        iam.create_user(UserName="robot")
        key = iam.create_access_key(UserName="robot")["AccessKey"]
        self.keys = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
        groups = [self.kube_group] if self.kube_group else []
        self.client("eks").create_access_entry(clusterName="cardo-eks", principalArn=ROBOT, kubernetesGroups=groups)
        self.entitle()

    def entitle(self, *words, iam=()):
        """Give the robot what the policy as it is now needs; `words` and `iam` are more for the two renderings."""
        document = self.kaccess("admin", "render", "iam-policy", "--for", self.persona, *iam)
        assert document.code == 0, document.said
        self.client("iam").put_user_policy(UserName="robot", PolicyName="rendered", PolicyDocument=document.out)
        if not self.kube_group:
            return
        manifests = self.kaccess("admin", "render", "rbac", "--for", self.persona, *words)
        assert manifests.code == 0, manifests.said
        file = self.folder / "manifests.yaml"
        file.write_text(manifests.out)
        done = self.run("admin", "kubectl", "--kubeconfig", self.admin_kubeconfig(), "apply", "-f", str(file))
        assert done.code == 0, done.said

    def admin_kubeconfig(self):
        cluster = {"server": self.sandbox.kube_url, "certificate-authority-data": self.sandbox.ca_data}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "c", "cluster": cluster}],
            "users": [{"name": "u", "user": {"token": self.token("admin")}}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "x",
        }
        path = self.folder / "admin.kubeconfig"
        path.write_text(json.dumps(config))
        return str(path)

    def environment(self, person):
        if person != "robot":
            return super().environment(person)
        environment = super().environment("admin")
        environment.pop("AWS_PROFILE", None)
        return environment | self.keys


class Developers(Hiring):
    persona, kube_group = "developer", ""


class Auditors(Hiring):
    persona, kube_group = "auditor", "kaccess-auditors"


class Admins(Hiring):
    persona, kube_group = "admin", "kaccess-admins"
