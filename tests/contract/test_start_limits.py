"""What a start makes of the limits and lists that it finds in its surroundings."""

import http.client
import resource

import pytest
from support.server import Server, StartError


def open_file_limits(pid):
    """(soft, hard) of a running process."""
    with open(f"/proc/{pid}/limits") as limits:
        line = next(line for line in limits if line.startswith("Max open files"))
    return tuple(line.split()[3:5])


@pytest.fixture
def lowered_limit():
    """Processes that start meanwhile have 256 open files at most, and may raise that."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    yield hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_the_limit_of_open_files_is_raised_once_and_logged(lowered_limit):
    with Server() as server:
        soft, hard = open_file_limits(server.pid)
        assert soft == hard != "256"
        assert server.log().count("the limit of open files was raised") == 1
        assert '"from":256' in server.log() and f'"to":{hard}' in server.log()
    assert lowered_limit == resource.getrlimit(resource.RLIMIT_NOFILE)[1]


def test_a_limit_that_is_raised_already_is_not_worth_a_line():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        with Server() as server:
            assert "open files" not in server.log()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.parametrize("variable", ["ALIDADE__CORS_ALLOW_ORIGINS", "CHROMA_CORS_ALLOW_ORIGINS",
                                      "CHROMA_SERVER_CORS_ALLOW_ORIGINS"])
def test_any_origin_in_the_form_of_chromas_documentation(variable):
    with Server(environment={variable: '["*"]'}) as server:
        link = http.client.HTTPConnection("127.0.0.1", server.chroma)
        link.request("GET", "/api/v2/heartbeat", headers={"Origin": "http://somewhere.example"})
        assert link.getresponse().getheader("access-control-allow-origin") == "*"
        link.close()


def test_a_list_that_cannot_be_read_stops_the_start():
    with pytest.raises(StartError) as refused, Server(environment={"CHROMA_CORS_ALLOW_ORIGINS": '["*"'}):
        pass
    assert refused.value.status == 2 and "CHROMA_CORS_ALLOW_ORIGINS" in refused.value.log
