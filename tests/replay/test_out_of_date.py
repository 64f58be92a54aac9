"""The list of steps that are out of date takes no other step along, and no other difference."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import out_of_date  # noqa: E402
import runner  # noqa: E402

ROWS = ("$.result.points[0].id", 1, 2)
LIST = {"qdrant": {"filter/words": {1: "a change"}}}


@pytest.fixture(autouse=True)
def short_list(monkeypatch, request):
    if "whole_list" not in request.node.name:
        monkeypatch.setattr(out_of_date, "OUT_OF_DATE", LIST)


def states(*outcomes, name="filter/words", corpus="qdrant"):
    return [outcome.state for outcome in out_of_date.settle(corpus, name, list(outcomes))]


def test_only_the_listed_step_is_settled():
    failed = [runner.Outcome(i, "failed", [ROWS]) for i in range(3)]
    assert states(*failed) == ["failed", "passed", "failed"]
    assert states(*failed, name="filter/other") == ["failed"] * 3
    assert states(*failed, corpus="chroma") == ["failed"] * 3


@pytest.mark.parametrize("place", ["status", "content_type", "code", "message", "$.status.error", "$"])
def test_another_difference_is_not_settled(place):
    other = runner.Outcome(1, "failed", [ROWS, (place, "this", "that")])
    assert states(other) == ["failed"]
    assert states(runner.Outcome(1, "blocked")) == ["blocked"]


def test_a_step_that_is_as_recorded_is_off_the_list():
    with pytest.raises(AssertionError, match="not out of date"):
        states(runner.Outcome(1, "passed"))
    with pytest.raises(AssertionError, match="has no steps"):
        states(runner.Outcome(0, "passed"))


def test_the_whole_list_names_reads_of_recorded_scenarios():
    for corpus, listed in out_of_date.OUT_OF_DATE.items():
        scenarios = runner.load_scenarios(corpus)
        for name, steps in listed.items():
            for index, reason in steps.items():
                request = scenarios[name]["steps"][index]["request"]
                assert reason and "filter" in str(request), (name, index)
