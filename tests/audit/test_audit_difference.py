"""Who gained and lost what between two audits."""

from dataclasses import replace

from kaccess.audit.difference import difference
from kaccess.audit.snapshot import Unread
from kaccess.model.access import Level
from kaccess.model.rule import Rule
from kaccess.workflows.audit import audit

from .worlds import Cluster, arn, binding, group, user


def seen(cluster):
    return audit(cluster.snapshot())


def lines(holdings):
    return [(each.principal, each.namespace, each.role, each.level) for each in holdings]


def test_the_same_cluster_has_no_difference():
    assert difference(seen(Cluster()), seen(Cluster())).is_empty


def test_a_new_binding_is_a_gain_of_all_who_reach_it_and_a_loss_the_other_way_round():
    old, new = Cluster(), Cluster()
    new.users.append(user("ben", "team"))
    new.bindings.append(binding("staging", "b", "edit", group("kaccess:team")))
    gained = [(arn("ana"), "staging", "ClusterRole edit", Level.EXEC)]
    found = difference(seen(old), seen(new))
    assert (lines(found.gained), found.lost) == (gained, ())
    assert {"own-group-bound", "broad-role"} <= {each.id for each in found.appeared}
    back = difference(seen(new), seen(old))
    assert (back.gained, lines(back.lost)) == ((), gained)
    assert {each.id for each in back.gone} == {each.id for each in found.appeared}


def test_the_cards_that_groups_read_are_no_news():
    old, new = Cluster(), Cluster()
    old.policy = old.policy.replace("group: team", "group: others", 1)
    found = difference(seen(old), seen(new))
    assert not [each for each in (*found.gained, *found.lost) if each.namespace == "kaccess-system"]


def test_a_role_that_changed_is_lost_with_the_old_rules_and_gained_with_the_new():
    new = Cluster()
    new.roles[0] = replace(new.roles[0], rules=(Rule(("delete",), ("",), ("pods",)),))
    found = difference(seen(Cluster()), seen(new))
    assert [each.level for each in found.gained] == [Level.EDIT]
    assert [each.level for each in found.lost] == [Level.VIEW]


def test_a_cluster_that_one_of_them_lacks_is_no_loss_of_everybody():
    new = Cluster().snapshot()
    nothing = audit(replace(new, clusters=(), unread=(Unread("cardo", "no answer"),)))
    found = difference(seen(Cluster()), nothing)
    assert (found.gained, found.lost, found.gone, found.incomparable) == ((), (), (), ("cardo",))
