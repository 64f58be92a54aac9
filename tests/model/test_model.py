"""Random operations through both dialects against one server, every answer compared with a model."""

import os

from model import run

LONG = os.environ.get("ALIDADE_LONG") == "1"
OPERATIONS = int(os.environ.get("ALIDADE_MODEL_OPERATIONS", "500000" if LONG else "1000000"))
SECONDS = float(os.environ.get("ALIDADE_MODEL_SECONDS", "86400" if LONG else "20"))
RESTART_PROBABILITY = 0.0005


def test_every_answer_is_the_models():
    one = run.Run(run.seed(), RESTART_PROBABILITY)
    print(f"\nseed={one.seed} commit={run.commit()}")
    one.go(OPERATIONS, SECONDS)
    done = sum(one.counts.values())
    print(f"{done} operations in {one.seconds:.1f} s ({done / one.seconds:.0f} a second), 0 differences")
    print(", ".join(f"{name} {count}" for name, count in sorted(one.counts.items())))
