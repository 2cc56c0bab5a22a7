"""How many examples the tests of this folder try: more than a thousand, or as many as KACCESS_FUZZ says."""

import os

from hypothesis import HealthCheck, Phase, settings

EXAMPLES = int(os.environ.get("KACCESS_FUZZ", "1500"))


def share(percent):
    """Settings for a test that tries this part of all examples."""
    return settings(
        max_examples=max(1, EXAMPLES * percent // 100),
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
