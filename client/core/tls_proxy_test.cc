// TLS with an authority of the test's own, and proxies, each a relay in front of the stub server.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "core/http_client.h"
#include "testing/relay.h"
#include "testing/stub_server.h"

namespace alidade::client::core {
namespace {

using testing::Certificates;
using testing::Relay;
using testing::RelayOptions;
using testing::StubServer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

HttpSettings settings_for(const std::string& endpoint) {
  HttpSettings settings;
  settings.endpoint = endpoint;
  settings.user_agent = "stub test";
  settings.connection.proxy = "none";
  settings.connection.connect_timeout = std::chrono::seconds(20);
  settings.retry.max_retries = 2;
  settings.retry.min_delay = settings.retry.max_delay = std::chrono::milliseconds(1);
  settings.read_error = [](const HttpResponse& response, Error& error) { error.message = response.body; };
  return settings;
}

Result<HttpResponse> get(const HttpSettings& settings) {
  return HttpClient::make(settings).value()->send({.operation = "test", .path = "/x"}, {});
}

class TlsTest : public ::testing::Test {
 protected:
  // Keys take a while: they are made once.
  static void SetUpTestSuite() {
    certificates_ = std::make_unique<Certificates>();
    certificates_->authority("ours");
    certificates_->authority("theirs");
    certificates_->issue("ours", "server", "server", "IP:127.0.0.1");
    certificates_->issue("ours", "elsewhere", "elsewhere", "DNS:elsewhere.test");
    certificates_->issue("theirs", "client", "the client", "DNS:client.test");
    certificates_->issue("ours", "stranger", "a stranger", "DNS:client.test");
  }
  static void TearDownTestSuite() { certificates_.reset(); }

  RelayOptions with(const char* name) const {
    return {.kind = RelayOptions::Kind::kTls,
            .target_port = server_.port(),
            .certificate_file = certificates_->certificate(name),
            .key_file = certificates_->key(name)};
  }
  static HttpSettings trusting(const Relay& relay, const char* authority) {
    HttpSettings settings = settings_for("https://127.0.0.1:" + std::to_string(relay.port()));
    if (authority != nullptr) settings.connection.tls.ca_file = certificates_->certificate(authority);
    return settings;
  }

  static std::unique_ptr<Certificates> certificates_;
  StubServer server_;
};
std::unique_ptr<Certificates> TlsTest::certificates_;

TEST_F(TlsTest, AServerOfATrustedAuthorityIsTalkedTo) {
  const Relay relay(with("server"));
  server_.push(StubServer::answer(200, "{\"secret\":1}"));
  const auto client = HttpClient::make(trusting(relay, "ours")).value();
  const auto answer = client->send({.operation = "test", .method = "POST", .path = "/x", .body = "{}"}, {});
  ASSERT_TRUE(answer) << answer.error().to_text();
  EXPECT_EQ(answer->body, "{\"secret\":1}");
  EXPECT_EQ(server_.requests().at(0).body, "{}");
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(client->send({.operation = "test", .path = "/x"}, {}));
  EXPECT_EQ(server_.connections(), 1);
}

TEST_F(TlsTest, AFolderOfAuthoritiesWillDo) {
  const Relay relay(with("server"));
  auto settings = trusting(relay, nullptr);
  settings.connection.tls.ca_path = certificates_->folder() + "/trusted";
  const std::string command = "mkdir -p '" + settings.connection.tls.ca_path + "' && cp '" +
                              certificates_->certificate("ours") + "' '" + settings.connection.tls.ca_path +
                              "' && openssl rehash '" + settings.connection.tls.ca_path + "'";
  ASSERT_EQ(std::system(command.c_str()), 0);
  EXPECT_TRUE(get(settings));
}

TEST_F(TlsTest, AnUnknownAuthorityIsRefusedAndNotTriedAgain) {
  const Relay relay(with("server"));
  for (const char* authority : {"theirs", static_cast<const char*>(nullptr)}) {
    const auto answer = get(trusting(relay, authority));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ErrorKind::kTls) << answer.error().to_text();
    EXPECT_EQ(answer.error().attempts, 1);
    EXPECT_THAT(answer.error().message, HasSubstr("certificate"));
  }
  EXPECT_TRUE(server_.requests().empty());
  auto settings = trusting(relay, "ours");
  settings.connection.tls.ca_file = certificates_->folder() + "/none.pem";
  EXPECT_EQ(get(settings).error().kind, ErrorKind::kTls);
}

TEST_F(TlsTest, ACertificateOfAnotherNameIsRefused) {
  const Relay relay(with("elsewhere"));
  const auto answer = get(trusting(relay, "ours"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kTls) << answer.error().to_text();
  EXPECT_TRUE(server_.requests().empty());
  auto settings = trusting(relay, nullptr);
  settings.connection.tls.accept_any_certificate = true;
  EXPECT_TRUE(get(settings));
}

TEST_F(TlsTest, AClientShowsItsCertificate) {
  auto options = with("server");
  options.client_ca_file = certificates_->certificate("theirs");
  const Relay relay(options);
  auto settings = trusting(relay, "ours");
  EXPECT_FALSE(get(settings));
  settings.connection.tls.certificate_file = certificates_->certificate("stranger");
  settings.connection.tls.key_file = certificates_->key("stranger");
  EXPECT_FALSE(get(settings));
  EXPECT_TRUE(server_.requests().empty());
  settings.connection.tls.certificate_file = certificates_->certificate("client");
  settings.connection.tls.key_file = certificates_->key("client");
  const auto answer = get(settings);
  ASSERT_TRUE(answer) << answer.error().to_text();
  EXPECT_THAT(relay.asked(), ElementsAre("the client"));
  settings.connection.tls.key_file = certificates_->key("server");
  EXPECT_EQ(get(settings).error().kind, ErrorKind::kTls);
}

TEST_F(TlsTest, NoRedirectLeavesTls) {
  const Relay relay(with("server"));
  server_.push(StubServer::answer(302, "", {{"Location", server_.url() + "/plain"}}));
  EXPECT_EQ(get(trusting(relay, "ours")).error().kind, ErrorKind::kRedirect);
  EXPECT_EQ(server_.requests().size(), 1u);
}

TEST_F(TlsTest, GoesThroughAProxyThatTunnels) {
  const Relay relay(with("server"));
  const Relay proxy({.kind = RelayOptions::Kind::kConnectProxy,
                     .target_port = relay.port(),
                     .authorization = "Basic bWU6cGFzc3dvcmQ="});
  auto settings = trusting(relay, "ours");
  settings.connection.proxy = "http://me:password@127.0.0.1:" + std::to_string(proxy.port());
  settings.headers = {{"X-Key", "the key", true}};
  const auto answer = get(settings);
  ASSERT_TRUE(answer) << answer.error().to_text();
  EXPECT_THAT(proxy.asked(), ElementsAre("CONNECT 127.0.0.1:" + std::to_string(relay.port())));
  const auto request = server_.requests().at(0);
  EXPECT_EQ(request.target, "/x");
  EXPECT_EQ(request.header("x-key"), "the key");
  EXPECT_FALSE(request.headers.contains("proxy-authorization"));
  // A proxy does not stand in for the name in the certificate.
  settings.endpoint = "https://localhost:" + std::to_string(relay.port());
  EXPECT_EQ(get(settings).error().kind, ErrorKind::kTls);
}

TEST_F(TlsTest, AProxyThatRefusesIsNoConnection) {
  const Relay proxy({.kind = RelayOptions::Kind::kConnectProxy, .target_port = 1, .authorization = "Basic nobody"});
  auto settings = settings_for("https://far.test");
  settings.connection.proxy = "http://me:password@127.0.0.1:" + std::to_string(proxy.port());
  const auto answer = get(settings);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kConnection) << answer.error().to_text();
  EXPECT_THAT(answer.error().message, HasSubstr("407"));
  EXPECT_THAT(answer.error().to_text(), Not(HasSubstr("password")));
}

class ProxyTest : public ::testing::Test {
 protected:
  StubServer server_;
};

TEST_F(ProxyTest, ASocksProxyResolvesTheNames) {
  const Relay proxy({.kind = RelayOptions::Kind::kSocksProxy, .target_port = server_.port()});
  auto settings = settings_for("http://far.test:1234");
  settings.connection.proxy = "socks5h://127.0.0.1:" + std::to_string(proxy.port());
  const auto answer = get(settings);
  ASSERT_TRUE(answer) << answer.error().to_text();
  EXPECT_THAT(proxy.asked(), ElementsAre("far.test:1234"));
  EXPECT_EQ(server_.requests().at(0).header("host"), "far.test:1234");
}

TEST_F(ProxyTest, APlainProxyGetsItsPassword) {
  auto settings = settings_for("http://far.test");
  settings.connection.proxy = server_.url();
  settings.connection.proxy.insert(7, "me:password@");
  server_.push(StubServer::answer(400, "not for password"));
  const auto answer = get(settings);
  EXPECT_EQ(server_.requests().at(0).header("proxy-authorization"), "Basic bWU6cGFzc3dvcmQ=");
  EXPECT_EQ(answer.error().message, "not for ***");
}

TEST_F(ProxyTest, TheEnvironmentNamesAProxyUnlessToldOtherwise) {
  StubServer proxy;
  ::setenv("http_proxy", proxy.url().c_str(), 1);
  auto settings = settings_for(server_.url());
  ASSERT_TRUE(get(settings));
  EXPECT_EQ(server_.requests().size(), 1u);  // "none".
  settings.connection.proxy = "";
  ASSERT_TRUE(get(settings));
  EXPECT_EQ(proxy.requests().size(), 1u);
  settings.connection.no_proxy = "far.test,127.0.0.1";
  ASSERT_TRUE(get(settings));
  EXPECT_EQ(server_.requests().size(), 2u);
  settings.connection.proxy = proxy.url();
  ASSERT_TRUE(get(settings));
  EXPECT_EQ(server_.requests().size(), 3u);
  ::unsetenv("http_proxy");
}

TEST_F(ProxyTest, AProxyThatIsNotThereIsNoConnection) {
  auto settings = settings_for(server_.url());
  {
    const StubServer gone;
    settings.connection.proxy = gone.url();
  }
  const auto answer = get(settings);
  EXPECT_EQ(answer.error().kind, ErrorKind::kConnection);
  EXPECT_EQ(answer.error().attempts, 3);
  EXPECT_TRUE(server_.requests().empty());
}

}  // namespace
}  // namespace alidade::client::core
