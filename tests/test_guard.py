import socket

import pytest

from tests.conftest import REAL_HOME, GuardedAgainst


@pytest.mark.parametrize("name", [".kube/config", ".aws/credentials", ".cache/kaccess/tokens/x"])
def test_the_real_home_cannot_be_touched(name):
    with pytest.raises(GuardedAgainst):
        (REAL_HOME / name).open()


def test_no_connection_leaves_this_machine():
    with socket.socket() as sock, pytest.raises(GuardedAgainst):
        sock.connect(("192.0.2.1", 443))
