#include "app/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

namespace alidade::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// Sources with files that exist only here.
struct Given {
  std::map<std::string, std::string> files;
  SettingSources sources;

  Given() {
    sources.read_file = [this](const std::string& path) -> Result<std::string> {
      const auto found = files.find(path);
      if (found == files.end()) return base::not_found(path + ": no such file");
      return found->second;
    };
  }
  Given& own(std::string text) {
    files["own.yaml"] = std::move(text);
    sources.config = "own.yaml";
    return *this;
  }
  Given& qdrant(std::string text) {
    files["qdrant.yaml"] = std::move(text);
    sources.qdrant_config_path = "qdrant.yaml";
    return *this;
  }
  Given& variable(std::string name, std::string value) {
    sources.environment.emplace_back(std::move(name), std::move(value));
    return *this;
  }
  Given& flag(std::string key, std::string value) {
    sources.flags.emplace_back(std::move(key), std::move(value));
    return *this;
  }
  Settings load() const {
    const auto settings = load_settings(sources);
    EXPECT_TRUE(settings.ok()) << settings.status().message();
    return settings.ok() ? *settings : Settings();
  }
  std::string error() const {
    const auto settings = load_settings(sources);
    EXPECT_FALSE(settings.ok());
    return settings.status().message();
  }
};

TEST(Settings, StartsOnLoopbackWithThePeersPorts) {
  const Settings settings = Given().load();
  EXPECT_EQ(settings.host, "127.0.0.1");
  EXPECT_EQ(settings.qdrant_port, 6333);
  EXPECT_EQ(settings.grpc_port, 6334);
  EXPECT_EQ(settings.chroma_port, 8000);
  EXPECT_EQ(settings.data, "./alidade-data");
  EXPECT_THAT(settings.notes, IsEmpty());
}

TEST(Settings, LetsTheNearerSourceWin) {
  Given given;
  given.qdrant("service:\n  http_port: 1001\n");
  EXPECT_EQ(given.load().qdrant_port, 1001);
  given.own("qdrant_port: 1002\n");
  EXPECT_EQ(given.load().qdrant_port, 1002);
  given.variable("QDRANT__SERVICE__HTTP_PORT", "1003");
  EXPECT_EQ(given.load().qdrant_port, 1003);
  given.variable("ALIDADE__QDRANT_PORT", "1004");
  EXPECT_EQ(given.load().qdrant_port, 1004);
  given.flag("qdrant_port", "1005");
  EXPECT_EQ(given.load().qdrant_port, 1005);
}

TEST(Settings, ReadsAQdrantFile) {
  const Settings settings =
      Given()
          .qdrant(
              "log_level: INFO,actix=warn\n"
              "storage:\n  storage_path: /var/q\n  wal:\n    wal_capacity_mb: 32\n"
              "service:\n  host: 0.0.0.0\n  grpc_port: null\n  api_key: 0123456789abcdef\n"
              "  read_only_api_key:\n  max_request_size_mb: 64\n  enable_tls: false\n"
              "cluster:\n  enabled: false\n")
          .load();
  EXPECT_EQ(settings.log_level, "info");
  EXPECT_EQ(settings.data, "/var/q");
  EXPECT_EQ(settings.host, "0.0.0.0");
  EXPECT_FALSE(settings.grpc_port.has_value());
  EXPECT_EQ(settings.api_key, "0123456789abcdef");
  EXPECT_FALSE(settings.read_only_api_key.has_value());
  EXPECT_EQ(settings.max_request_size_mb, 64u);
  EXPECT_THAT(settings.notes, ElementsAre(HasSubstr("storage.wal.wal_capacity_mb")));
}

TEST(Settings, ReadsChromasKeysInOurFile) {
  const Settings settings =
      Given()
          .own(
              "port: 8765\nlisten_address: \"127.0.0.2\"\npersist_path: ./chroma\n"
              "max_payload_size_bytes: 1000\nallow_reset: true\n"
              "cors_allow_origins: [\"http://a\", \"http://b\"]\n"
              "sqlitedb:\n  hash_type: md5\n")
          .load();
  EXPECT_EQ(settings.chroma_port, 8765);
  EXPECT_EQ(settings.host, "127.0.0.2");
  EXPECT_EQ(settings.data, "./chroma");
  EXPECT_EQ(settings.max_payload_size_bytes, 1000u);
  EXPECT_TRUE(settings.allow_reset);
  EXPECT_THAT(settings.cors_allow_origins, ElementsAre("http://a", "http://b"));
  EXPECT_THAT(settings.notes, ElementsAre(HasSubstr("sqlitedb.hash_type")));
}

TEST(Settings, ReadsAListInEveryFormThatPeopleWrite) {
  for (const char* text :
       {R"(["*"])", "['*']", "[*]", "*", " * ", R"("*")", R"([ "*", ])", "*,"}) {
    EXPECT_THAT(Given().variable("ALIDADE__CORS_ALLOW_ORIGINS", text).load().cors_allow_origins, ElementsAre("*"))
        << text;
    EXPECT_THAT(Given().variable("CHROMA_CORS_ALLOW_ORIGINS", text).load().cors_allow_origins, ElementsAre("*"))
        << text;
    EXPECT_THAT(Given().variable("CHROMA_SERVER_CORS_ALLOW_ORIGINS", text).load().cors_allow_origins,
                ElementsAre("*"))
        << text;
  }
  for (const char* text : {R"(["http://a", "http://[::1]:3"])", "http://a,http://[::1]:3", "[http://a, 'http://[::1]:3']"}) {
    EXPECT_THAT(Given().variable("ALIDADE__CORS_ALLOW_ORIGINS", text).load().cors_allow_origins,
                ElementsAre("http://a", "http://[::1]:3"))
        << text;
  }
  for (const char* line : {"[\"*\"]", "'[\"*\"]'", "\n  - '*'\n", "\"*\"", "['*']"}) {
    EXPECT_THAT(Given().own(std::string("cors_allow_origins: ") + line + "\n").load().cors_allow_origins, ElementsAre("*"))
        << line;
  }
  EXPECT_THAT(Given().variable("ALIDADE__CORS_ALLOW_ORIGINS", "[]").load().cors_allow_origins, IsEmpty());
  EXPECT_THAT(Given().variable("ALIDADE__CORS_ALLOW_ORIGINS", "").load().cors_allow_origins, IsEmpty());
  EXPECT_THAT(Given().own("cors_allow_origins: []\n").load().cors_allow_origins, IsEmpty());
}

TEST(Settings, NamesAListThatCannotBeRead) {
  for (const char* text : {R"(["*")", R"("*"])", R"(["*)", R"(["a" "b"])", "a,,b", ",a", "[[\"*\"]]", R"({"a":1})", R"(["a", ""])"}) {
    EXPECT_THAT(Given().variable("CHROMA_CORS_ALLOW_ORIGINS", text).error(),
                AllOf(HasSubstr("CHROMA_CORS_ALLOW_ORIGINS: expected a list"), HasSubstr(text)))
        << text;
  }
  EXPECT_THAT(Given().own("host: a\ncors_allow_origins: [[a], b]\n").error(),
              AllOf(HasSubstr("own.yaml:2"), HasSubstr("expected a list")));
  EXPECT_THAT(Given().own("qdrant_port: [1]\n").error(), AllOf(HasSubstr("own.yaml:1"), HasSubstr("a port")));
}

TEST(Settings, NamesFileLineAndNearestKeyOfAnUnknownOne) {
  EXPECT_THAT(
      Given().own("host: 127.0.0.1\nqdrnt_port: 1\n").error(),
      AllOf(HasSubstr("own.yaml:2"), HasSubstr("\"qdrnt_port\""), HasSubstr("\"qdrant_port\"")));
  EXPECT_THAT(Given().own("zzzzzzzzzzzzzzzzzzzzzzz: 1\n").error(), Not(HasSubstr("did you mean")));
  EXPECT_THAT(Given().variable("ALIDADE__QDRANT_PORTS", "1").error(),
              HasSubstr("\"ALIDADE__QDRANT_PORT\""));
  EXPECT_THAT(Given().variable("QDRANT__TELEMETRY_DISABLED", "true").load().notes,
              ElementsAre(HasSubstr("telemetry_disabled")));
  EXPECT_THAT(Given().variable("PATH", "/bin").load().notes, IsEmpty());
}

TEST(Settings, SaysWhatWasExpectedAndWhere) {
  EXPECT_THAT(
      Given().own("qdrant_port: many\n").error(),
      AllOf(HasSubstr("own.yaml:1"), HasSubstr("a port from 0 to 65535"), HasSubstr("many")));
  EXPECT_THAT(Given().own("qdrant_port: 65536\n").error(), HasSubstr("a port from 0 to 65535"));
  EXPECT_THAT(Given().own("allow_reset: maybe\n").error(), HasSubstr("true or false"));
  EXPECT_THAT(Given().own("max_request_size_mb: 0\n").error(), HasSubstr("1 to 4096"));
  EXPECT_THAT(Given().own("max_pending_requests_mb: 1048577\n").error(), HasSubstr("1 to 1048576"));
  EXPECT_THAT(Given().flag("log_level", "loud").error(), HasSubstr("--log-level"));
  EXPECT_THAT(Given().flag("host", "").error(), HasSubstr("--host"));
}

TEST(Settings, RefusesWhatIsNoConfiguration) {
  EXPECT_THAT(Given().own("a: [1\nb: 2\n").error(), HasSubstr("own.yaml:"));
  EXPECT_THAT(Given().own("- 1\n- 2\n").error(), HasSubstr("own.yaml:1"));
  EXPECT_THAT(Given().own("host: a\nhost: b\n").error(),
              HasSubstr("own.yaml:2: \"host\" is there twice"));
  Given missing;
  missing.sources.config = "missing.yaml";
  EXPECT_THAT(missing.error(), HasSubstr("missing.yaml"));
  EXPECT_EQ(Given().own("").load().qdrant_port, 6333);
}

TEST(Settings, RefusesAnEmptyKeyWithoutShowingOthers) {
  EXPECT_THAT(Given().variable("QDRANT__SERVICE__API_KEY", "").error(), HasSubstr("not empty"));
  EXPECT_THAT(Given().own("read_only_api_key: \"\"\n").error(), HasSubstr("own.yaml:1"));
  EXPECT_THAT(Given().qdrant("service:\n  enable_tls: true\n").error(), HasSubstr("TLS"));
  EXPECT_THAT(Given().own("jwt_rbac: true\n").error(), HasSubstr("api_key"));
}

TEST(Settings, WarnsWhenItListensFurtherWithoutAKey) {
  EXPECT_THAT(Given().flag("host", "0.0.0.0").load().notes,
              ElementsAre(HasSubstr("without a key")));
  EXPECT_THAT(Given().flag("host", "0.0.0.0").own("api_key: 0123456789abcdef\n").load().notes,
              IsEmpty());
  EXPECT_THAT(Given().own("api_key: short\n").load().notes, ElementsAre(HasSubstr("16 bytes")));
}

TEST(Settings, AreAllDocumented) {
  std::ifstream file(std::string(ALD_SOURCE_DIR) + "/docs/operations/configuration.md");
  std::stringstream text;
  text << file.rdbuf();
  for (const SettingRow& row : setting_rows()) {
    const std::string line_start = "| `" + std::string(row.key) + "` | ";
    EXPECT_THAT(text.str(), HasSubstr(line_start));
    EXPECT_THAT(text.str(), HasSubstr(row.environment_name()));
    EXPECT_THAT(text.str(), HasSubstr(std::string(row.flag)));
    EXPECT_THAT(text.str(), HasSubstr(std::string(row.qdrant_key)));
    EXPECT_THAT(text.str(), HasSubstr(std::string(row.chroma_key)));
    EXPECT_THAT(text.str(), HasSubstr(std::string(row.doc)));
  }
}

}  // namespace
}  // namespace alidade::app
