// Which answers are packed, for whom, and on which thread.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "net/gzip.h"
#include "net/response_writer.h"
#include "net/test_client.h"

namespace alidade::net {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using test::Client;
using test::start;

constexpr std::size_t kLongBytes = std::size_t{3} << 20;

std::string text_of(const std::string& path) {
  return path == "/long" ? std::string(kLongBytes, 'j') : path == "/none" ? "" : "{\"ok\":true}";
}

void answer(HttpRequest&& request, Responder&& responder) {
  HttpResponse response;
  if (request.path == "/204") response.status = 204;
  if (request.path == "/404") response.status = 404;
  response.content_type = request.path == "/picture" ? "image/png" : "application/json";
  response.body = text_of(request.path);
  if (request.path == "/coded") response.headers.emplace_back("content-encoding", "br");
  responder.send(std::move(response));
}

ListenerOptions gzip_listener() {
  ListenerOptions options;
  options.compression = Compression::kGzip;
  options.handler = &answer;
  return options;
}

std::string get(Client& client, const std::string& path, const std::string& headers) {
  client.send("GET " + path + " HTTP/1.1\r\n" + headers + "\r\n");
  return client.read_answer();
}

std::string body_of(const std::string& response) {
  return response.substr(response.find("\r\n\r\n") + 4);
}

TEST(HttpCompress, PacksEveryAnswerWithABodyWhenAsked) {
  const auto server = start(gzip_listener());
  Client client(server->port(0));
  for (const std::string path : {"/short", "/long", "/404"}) {
    const std::string response = get(client, path, "Accept-Encoding: gzip, deflate, br, zstd\r\n");
    EXPECT_THAT(response, AllOf(HasSubstr("content-encoding: gzip\r\n"),
                                HasSubstr("vary: accept-encoding\r\n")));
    const auto body = gzip_decompress(body_of(response), kLongBytes);
    ASSERT_TRUE(body.ok());
    EXPECT_EQ(*body, text_of(path));
  }
  for (const std::string headers :
       {"", "Accept-Encoding: identity\r\n", "Accept-Encoding:\r\n", "Accept-Encoding: *\r\n",
        "Accept-Encoding: gzip;q=0\r\n", "Accept-Encoding: br\r\n",
        "Accept-Encoding: gzip;q=0.1\r\nAccept-Encoding: identity;q=0.9\r\n"}) {
    const std::string response = get(client, "/short", headers);
    EXPECT_THAT(response, Not(HasSubstr("content-encoding"))) << headers;
    EXPECT_EQ(body_of(response), text_of("/short")) << headers;
  }
  // Several headers of the name are one list.
  EXPECT_THAT(get(client, "/short", "Accept-Encoding: br\r\nAccept-Encoding: gzip\r\n"),
              HasSubstr("content-encoding: gzip"));
}

TEST(HttpCompress, LeavesAloneWhatHasNoBodyOrIsPacked) {
  const auto server = start(gzip_listener());
  Client client(server->port(0));
  for (const std::string path : {"/204", "/none", "/picture"}) {
    const std::string response = get(client, path, "Accept-Encoding: gzip\r\n");
    EXPECT_THAT(response, Not(HasSubstr("content-encoding"))) << path;
    EXPECT_THAT(response, Not(HasSubstr("vary"))) << path;
  }
  const std::string coded = get(client, "/coded", "Accept-Encoding: gzip\r\n");
  EXPECT_THAT(coded, AllOf(HasSubstr("content-encoding: br"), Not(HasSubstr("gzip"))));
  EXPECT_EQ(body_of(coded), text_of("/coded"));
}

TEST(HttpCompress, TellsAHeadWhatAGetWouldSay) {
  const auto server = start(gzip_listener());
  Client client(server->port(0));
  const std::string of_get = get(client, "/short", "Accept-Encoding: gzip\r\n");
  client.send("HEAD /short HTTP/1.1\r\nConnection: close\r\nAccept-Encoding: gzip\r\n\r\n");
  const std::string of_head = client.read_all();
  EXPECT_EQ(body_of(of_head), "");
  EXPECT_THAT(of_head, HasSubstr("content-length: " + std::to_string(body_of(of_get).size())));
  EXPECT_THAT(of_head, HasSubstr("content-encoding: gzip"));
}

TEST(HttpCompress, RefusesAClientThatTakesNoForm) {
  bool asked = false;
  ListenerOptions options = gzip_listener();
  options.handler = [&](HttpRequest&& request, Responder&& responder) {
    asked = true;
    answer(std::move(request), std::move(responder));
  };
  const auto server = start(std::move(options));
  Client client(server->port(0));
  const std::string refused = get(client, "/short", "Accept-Encoding: br, *;q=0\r\n");
  EXPECT_THAT(refused, AllOf(StartsWith("HTTP/1.1 406"), HasSubstr("vary: accept-encoding")));
  EXPECT_FALSE(asked);  // A write it cannot hear of is not done.
  EXPECT_THAT(get(client, "/short", ""), StartsWith("HTTP/1.1 200"));
}

TEST(HttpCompress, IsOffWhereTheFaceHasNone) {
  ListenerOptions options = gzip_listener();
  options.compression = Compression::kOff;
  const auto server = start(std::move(options));
  Client client(server->port(0));
  EXPECT_THAT(get(client, "/short", "Accept-Encoding: gzip\r\n"), Not(HasSubstr("gzip")));
  EXPECT_THAT(get(client, "/short", "Accept-Encoding: *;q=0\r\n"), StartsWith("HTTP/1.1 200"));
}

TEST(HttpCompress, PacksAndUnpacksBesideTheNetworkThread) {
  // The pool's only thread is held up, so what waits for it cannot be answered; the only network
  // thread serves others meanwhile.
  std::promise<void> go_on;
  ServerOptions server_options;
  server_options.threads = 1;
  server_options.packers = std::make_shared<env::ThreadPool>("pack", 1, 100);
  ASSERT_TRUE(server_options.packers->try_post([&] { go_on.get_future().wait(); }));
  const auto packers = server_options.packers;
  const auto server = start(gzip_listener(), std::move(server_options));
  Client packed(server->port(0));
  packed.send("GET /long HTTP/1.1\r\nAccept-Encoding: gzip\r\n\r\n");
  Client unpacked(server->port(0));
  const std::string zipped = gzip_compress("hello");
  unpacked.send("POST / HTTP/1.1\r\nContent-Encoding: gzip\r\nContent-Length: " +
                std::to_string(zipped.size()) + "\r\n\r\n" + zipped);
  while (packers->queued() < 2) std::this_thread::yield();
  Client other(server->port(0));
  EXPECT_THAT(get(other, "/short", "Accept-Encoding: gzip\r\n"), StartsWith("HTTP/1.1 200"));
  go_on.set_value();
  EXPECT_THAT(packed.read_answer(), HasSubstr("content-encoding: gzip"));
  EXPECT_THAT(unpacked.read_answer(), StartsWith("HTTP/1.1 200"));
}

TEST(HttpCompress, AnswersPlainlyWhenThePackersAreBusy) {
  ServerOptions server_options;
  server_options.packers = std::make_shared<env::ThreadPool>("pack", 1, 0);  // Declines all.
  const auto server = start(gzip_listener(), std::move(server_options));
  Client client(server->port(0));
  const std::string response = get(client, "/long", "Accept-Encoding: gzip\r\n");
  EXPECT_EQ(body_of(response).size(), kLongBytes);
  client.send("POST / HTTP/1.1\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc");
  EXPECT_THAT(client.read_answer(), StartsWith("HTTP/1.1 503"));
}

}  // namespace
}  // namespace alidade::net
