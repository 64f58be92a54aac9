"""A server, the model of what it holds, and the operations that were done so far."""

import collections

from model.compare import Difference
from model.connection import Connection
from model.store import Store
from support.http_json import CHROMA_PATH

KEPT_OPERATIONS = 12


class Session:
    """Does operations (name, arguments) on the server and on the model, and compares the answers."""

    def __init__(self, server, operations):
        self.server, self.store = server, Store()
        self._operations = operations
        self.recent = collections.deque(maxlen=KEPT_OPERATIONS)
        self.counts = collections.Counter()
        self._connect()

    def _connect(self):
        # Two of each, taken in turn: what one connection wrote the next one reads.
        self._qdrant = [Connection(self.server.rest), Connection(self.server.rest)]
        self._chroma = [Connection(self.server.chroma, CHROMA_PATH), Connection(self.server.chroma, CHROMA_PATH)]

        self._grpc = None

    @property
    def grpc(self):
        """The official client, made when it is first used."""
        if self._grpc is None:
            from model.grpc_operations import connect
            self._grpc = connect(self.server)
        return self._grpc

    def _send(self, connections, face, method, path, body):
        connections.reverse()
        status, answer = connections[0].send(method, path, body)
        self.recent.append((face, method, path, body, status, answer))
        return status, answer

    def qdrant(self, method, path, body=None):
        return self._send(self._qdrant, "qdrant", method, path, body)

    def chroma(self, method, path, body=None):
        return self._send(self._chroma, "chroma", method, path, body)

    def expect(self, answer, status, what=""):
        """The body of an answer that has to have this status."""
        if answer[0] != status:
            raise Difference(f"{what} status {answer[0]} instead of {status}: {answer[1]}")
        return answer[1]

    def result(self, method, path, body=None, status=200):
        """`result` of a good Qdrant answer, the text of its refusal otherwise."""
        answer = self.expect(self.qdrant(method, path, body), status, f"{method} {path}")
        return answer["result"] if status == 200 else answer["status"]["error"]

    def restart(self, how):
        for connection in self._qdrant + self._chroma:
            connection.close()
        if self._grpc is not None:
            self._grpc.close()
        if how == "kill":
            self.server.kill()
        else:
            status = self.server.stop()
            if status != 0:
                raise Difference(f"exit status {status} after SIGTERM: {self.server.log()}")
        self.server.start()
        self._connect()

    def do(self, name, arguments):
        self.counts[name] += 1
        self._operations[name](self, **arguments)

    def history(self):
        return "\n".join(f"  {face} {method} {path} {str(body)[:600]} -> {status} {str(answer)[:600]}"
                         for face, method, path, body, status, answer in self.recent)
