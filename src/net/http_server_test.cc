// The server over loopback, spoken to with a plain socket: what goes over the wire is the contract.
#include "net/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "net/gzip.h"
#include "net/test_client.h"

namespace alidade::net {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using test::Client;
using test::echo_listener;
using test::start;

TEST(HttpServer, AnswersAndKeepsTheConnection) {
  const auto server = start(echo_listener());
  Client client(server->port(0));
  client.send("GET /a?b=c#d HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(client.read_answer(),
              AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), EndsWith("GET /a?b=c []")));
  client.send("POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
  const std::string second = client.read_answer();
  EXPECT_THAT(second, EndsWith("POST /b? [hello]"));
  EXPECT_THAT(second, Not(HasSubstr("connection:")));
  EXPECT_EQ(server->connection_count(), 1u);
}

TEST(HttpServer, ReadsABodyInPiecesAndALargeOne) {
  const auto server = start(echo_listener());
  Client client(server->port(0));
  client.send("POST / HTTP/1.1\r\nContent-Le");
  client.send("ngth: 6\r\n\r\nab");
  client.send("cdef");
  EXPECT_THAT(client.read_answer(), EndsWith("[abcdef]"));
  const std::string large(std::size_t{5} << 20, 'z');
  std::thread sender([&] {
    client.send("POST / HTTP/1.1\r\nContent-Length: " + std::to_string(large.size()) + "\r\n\r\n" +
                large);
  });
  const std::string answer = client.read_answer();
  sender.join();
  EXPECT_THAT(answer.substr(answer.find("\r\n\r\n")).size(),
              large.size() + 4 + std::string("POST /? []").size());
}

TEST(HttpServer, ReadsChunkedBodies) {
  const auto server = start(echo_listener());
  Client client(server->port(0));
  client.send("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  client.send("4;x=y\r\ndefg\r\n0\r\n\r\nGET /next HTTP/1.1\r\n\r\n");
  EXPECT_THAT(client.read_answer(), EndsWith("[abcdefg]"));
  EXPECT_THAT(client.read_answer(), EndsWith("GET /next? []"));
}

TEST(HttpServer, KeepsTheOrderOfPipelinedRequests) {
  ListenerOptions options;
  options.handler = [](HttpRequest&& request, Responder&& responder) {
    // Answered by other threads, the first ones last if they could.
    std::thread([path = request.path, responder = std::move(responder)]() mutable {
      HttpResponse response;
      response.body = path;
      responder.send(std::move(response));
    }).detach();
  };
  const auto server = start(std::move(options));
  Client client(server->port(0));
  std::string burst;
  for (int i = 0; i < 50; ++i) burst += "GET /" + std::to_string(i) + " HTTP/1.1\r\n\r\n";
  client.send(burst);
  for (int i = 0; i < 50; ++i) {
    EXPECT_THAT(client.read_answer(), EndsWith("\r\n\r\n/" + std::to_string(i)));
  }
}

TEST(HttpServer, SpeaksHttp10) {
  const auto server = start(echo_listener());
  Client closing(server->port(0));
  closing.send("GET / HTTP/1.0\r\n\r\n");
  EXPECT_THAT(closing.read_all(),
              AllOf(StartsWith("HTTP/1.0 200 OK"), HasSubstr("connection: close")));
  Client keeping(server->port(0));
  keeping.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_THAT(keeping.read_answer(), HasSubstr("connection: keep-alive"));
  keeping.send("GET /2 HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(keeping.read_all(), AllOf(HasSubstr("connection: close"), EndsWith("GET /2? []")));
}

TEST(HttpServer, AnswersAClientThatOnlyClosedItsSendingSide) {
  const auto server = start(echo_listener());
  Client client(server->port(0));
  client.send("GET /half HTTP/1.1\r\n\r\n");
  client.close_sending();
  EXPECT_THAT(client.read_all(), EndsWith("GET /half? []"));
}

TEST(HttpServer, SuppressesTheBodyForHeadButTellsItsLength) {
  const auto server = start(echo_listener());
  Client client(server->port(0));
  client.send("HEAD /x HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(client.read_all(), AllOf(HasSubstr("content-length: 11\r\n"), EndsWith("\r\n\r\n")));
}

TEST(HttpServer, AsksForTheBodyWhenTheClientWaits) {
  const auto server = start(echo_listener());
  Client client(server->port(0));
  client.send("POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.read_answer(), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("ok");
  EXPECT_THAT(client.read_answer(), EndsWith("[ok]"));
}

TEST(HttpServer, RefusesMalformedRequestsAndCloses) {
  ListenerOptions options = echo_listener();
  options.on_malformed = [](int status, std::string_view) {
    HttpResponse response;
    response.status = status;
    response.body = "malformed";
    return response;
  };
  const auto server = start(std::move(options));
  const std::string cases[] = {
      "nonsense\r\n\r\n",
      "GET\r\n\r\n",
      "GET / HTTP/1.1\r\nno colon\r\n\r\n",
      "GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
      "GET / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n",
      "POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
      "POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
      std::string("GET /\0 HTTP/1.1\r\n\r\n", 19),
      "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
  };
  for (const std::string& text : cases) {
    Client client(server->port(0));
    client.send(text);
    client.close_sending();
    const std::string answer = client.read_all();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 400 Bad Request")) << text;
    EXPECT_THAT(answer, AllOf(HasSubstr("connection: close"), EndsWith("malformed"))) << text;
  }
  Client version(server->port(0));
  version.send("GET / HTTP/2.0\r\n\r\n");
  EXPECT_THAT(version.read_all(), StartsWith("HTTP/1.1 "));
  Client good(server->port(0));
  good.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_THAT(good.read_answer(), StartsWith("HTTP/1.1 200"));
}

TEST(HttpServer, RefusesAHeaderThatNeverEnds) {
  const auto server = start(echo_listener());
  Client client(server->port(0));
  std::thread sender([&] {
    client.send("GET / HTTP/1.1\r\n");
    for (int i = 0; i < 4000; ++i)
      client.send("X-Filler-" + std::to_string(i) + ": " + std::string(50, 'a') + "\r\n");
    client.close_sending();
  });
  EXPECT_THAT(client.read_all(), StartsWith("HTTP/1.1 431"));
  sender.join();
}

TEST(HttpServer, RefusesOversizeBodiesInTheFacesWords) {
  ListenerOptions options = echo_listener();
  options.max_body_bytes = 10;
  options.on_oversize = [](const HttpRequest& request, std::optional<std::uint64_t> length) {
    HttpResponse response;
    response.status = 400;
    response.body = request.path + (length ? " " + std::to_string(*length) : " chunked");
    return response;
  };
  const auto server = start(std::move(options));
  const std::string body(std::size_t{3} << 20, 'x');
  Client client(server->port(0));
  std::thread sender([&] {
    client.send("POST /p HTTP/1.1\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                body);
    client.close_sending();
  });
  EXPECT_THAT(client.read_all(), AllOf(StartsWith("HTTP/1.1 400"), HasSubstr("connection: close"),
                                       EndsWith("/p " + std::to_string(body.size()))));
  sender.join();

  Client chunked(server->port(0));
  chunked.send("POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n" +
               std::string(32, 'y') + "\r\n0\r\n\r\n");
  chunked.close_sending();
  EXPECT_THAT(chunked.read_all(), AllOf(StartsWith("HTTP/1.1 400"), EndsWith("/c chunked")));

  Client exact(server->port(0));
  exact.send("POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\n0123456789");
  EXPECT_THAT(exact.read_answer(), EndsWith("[0123456789]"));
}

TEST(HttpServer, ReadsGzipBodiesWithinTheLimit) {
  ListenerOptions options = echo_listener();
  options.compression = Compression::kGzip;
  options.max_body_bytes = 1000;
  const auto server = start(std::move(options));
  const auto post = [&](const std::string& body) {
    Client client(server->port(0));
    client.send(
        "POST / HTTP/1.1\r\nConnection: close\r\nContent-Encoding: gzip\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body);
    return client.read_all();
  };
  EXPECT_THAT(post(gzip_compress("hello")), EndsWith("[hello]"));
  EXPECT_THAT(post(gzip_compress(std::string(100000, 'b'))), StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(post("no gzip"), StartsWith("HTTP/1.1 400"));
}

TEST(HttpServer, Answers500WhenNobodyAnswersOrTheHandlerThrows) {
  ListenerOptions options;
  options.handler = [](HttpRequest&& request, Responder&& responder) {
    const Responder held = std::move(responder);
    if (request.path == "/throw") throw std::bad_alloc();
  };
  const auto server = start(std::move(options));
  Client client(server->port(0));
  client.send("GET /drop HTTP/1.1\r\n\r\n");
  EXPECT_THAT(client.read_answer(), StartsWith("HTTP/1.1 500"));
  client.send("GET /throw HTTP/1.1\r\n\r\n");
  EXPECT_THAT(client.read_answer(), StartsWith("HTTP/1.1 500"));
  client.send("GET /drop HTTP/1.1\r\n\r\n");
  EXPECT_THAT(client.read_answer(), StartsWith("HTTP/1.1 500"));
}

TEST(HttpServer, LeavesOutHeadersThatWouldForgeAnAnswer) {
  ListenerOptions options;
  options.handler = [](HttpRequest&&, Responder&& responder) {
    HttpResponse response;
    response.headers = {{"x-good", "1"}, {"x-bad", "1\r\nHTTP/1.1 200 OK"}};
    responder.send(std::move(response));
  };
  const auto server = start(std::move(options));
  Client client(server->port(0));
  client.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_THAT(client.read_answer(), AllOf(HasSubstr("x-good: 1"), Not(HasSubstr("x-bad"))));
}

TEST(HttpServer, SaysWhichPortIsTakenAndHowToChangeIt) {
  const auto server = start(echo_listener());
  ListenerOptions second = echo_listener();
  second.port = server->port(0);
  second.port_setting = "--qdrant-port";
  const auto refused = HttpServer::start({second}, {});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().code(), StatusCode::kUnavailable);
  EXPECT_THAT(
      refused.status().message(),
      AllOf(HasSubstr("127.0.0.1:" + std::to_string(second.port)), HasSubstr("--qdrant-port")));
  ListenerOptions nowhere = echo_listener();
  nowhere.host = "192.0.2.1";  // A documentation address: never ours.
  EXPECT_FALSE(HttpServer::start({nowhere}, {}).ok());
}

TEST(HttpServer, DrainsRequestsInFlightAndAcceptsNoMore) {
  std::promise<Responder> taken;
  ListenerOptions options;
  options.handler = [&taken](HttpRequest&&, Responder&& responder) {
    taken.set_value(std::move(responder));
  };
  auto server = start(std::move(options));
  const std::uint16_t port = server->port(0);
  Client idle(port);
  Client busy(port);
  busy.send("GET / HTTP/1.1\r\n\r\n");
  auto responder = taken.get_future().get();
  std::thread drainer([&] { server->drain(base::Deadline()); });
  EXPECT_EQ(idle.read_all(), "");  // Closed by the drain.
  HttpResponse response;
  response.body = "late but here";
  responder.send(std::move(response));
  EXPECT_THAT(busy.read_answer(), AllOf(HasSubstr("connection: close"), EndsWith("late but here")));
  busy.close_sending();
  drainer.join();
  EXPECT_FALSE(Client(port).connected());
}

TEST(HttpServer, LetsALateResponderOutliveIt) {
  std::promise<Responder> taken;
  ListenerOptions options;
  options.handler = [&taken](HttpRequest&&, Responder&& responder) {
    taken.set_value(std::move(responder));
  };
  auto server = start(std::move(options));
  Client client(server->port(0));
  client.send("GET / HTTP/1.1\r\n\r\n");
  auto responder = taken.get_future().get();
  server.reset();
  EXPECT_EQ(client.read_all(), "");
  responder.send(HttpResponse());
}

ServerOptions fast_sweeps() {
  ServerOptions options;
  options.sweep_interval = std::chrono::milliseconds(5);
  return options;
}

TEST(HttpServer, ClosesIdleSlowAndStalledConnections) {
  ServerOptions impatient = fast_sweeps();
  impatient.idle_timeout = impatient.header_timeout = impatient.stall_timeout =
      std::chrono::seconds(0);
  const auto server = start(echo_listener(), impatient);
  Client idle(server->port(0));
  EXPECT_EQ(idle.read_all(), "");
  ServerOptions no_header = fast_sweeps();
  no_header.header_timeout = std::chrono::seconds(0);
  const auto second = start(echo_listener(), no_header);
  Client slow(second->port(0));
  slow.send("GET / HT");
  EXPECT_EQ(slow.read_all(), "");
  ServerOptions no_body = fast_sweeps();
  no_body.stall_timeout = std::chrono::seconds(0);
  const auto third = start(echo_listener(), no_body);
  Client stalled(third->port(0));
  stalled.send("POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_EQ(stalled.read_all(), "");
}

TEST(HttpServer, TellsAHandlerWhenItsClientHasGone) {
  std::promise<std::shared_ptr<std::atomic<bool>>> seen;
  std::promise<Responder> taken;
  ListenerOptions options;
  options.handler = [&](HttpRequest&& request, Responder&& responder) {
    taken.set_value(std::move(responder));
    seen.set_value(request.cancelled);
  };
  const auto server = start(std::move(options), fast_sweeps());
  std::optional<Client> client(server->port(0));
  client->send("GET / HTTP/1.1\r\n\r\n");
  const auto cancelled = seen.get_future().get();
  EXPECT_FALSE(cancelled->load());
  client.reset();
  while (!cancelled->load()) std::this_thread::yield();
  taken.get_future().get().send(HttpResponse());
}

}  // namespace
}  // namespace alidade::net
