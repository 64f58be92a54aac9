#include <gtest/gtest.h>

#include "auth/keys.h"

namespace alidade::auth {
namespace {

constexpr Access kReadPoints(Scope::kCollection, Right::kRead);
constexpr Access kWritePoints(Scope::kCollection, Right::kWrite);
constexpr Access kChangeIndex(Scope::kCollection, Right::kManage);
constexpr Access kReadSnapshots(Scope::kCollectionWhole, Right::kRead);
constexpr Access kReadServer(Scope::kGlobal, Right::kRead);
constexpr Access kManageServer(Scope::kGlobal, Right::kManage);
constexpr Access kList(Scope::kAuthenticated, Right::kRead);

constexpr std::int64_t kNow = 1'700'000'000;
// Made with HMAC-SHA-256 under "test-signing-key".
constexpr std::string_view kSigningKey = "test-signing-key";

KeyRing ring(bool tokens = true) {
  KeySettings settings;
  settings.api_key = std::string(kSigningKey);
  settings.alt_api_key = "other-key";
  settings.read_only_api_key = "read-key";
  settings.accept_tokens = tokens;
  settings.unix_time = [] { return kNow; };
  auto made = KeyRing::make(std::move(settings));
  EXPECT_TRUE(made.ok());
  return std::move(*made);
}

std::string refusal(const Result<Identity>& result) {
  return result.ok() ? "" : result.status().message();
}

std::string refusal(const Identity& identity, const Access& access) {
  return authorize(identity, access, "c").message();
}

TEST(KeyRing, IsOpenWithoutKeys) {
  const KeyRing open;
  EXPECT_TRUE(open.is_open());
  EXPECT_EQ(open.authenticate(std::nullopt)->global, GlobalRight::kManage);
}

TEST(KeyRing, TellsTheKeysApart) {
  const KeyRing keys = ring();
  EXPECT_EQ(keys.authenticate("test-signing-key")->global, GlobalRight::kManage);
  EXPECT_EQ(keys.authenticate("other-key")->global, GlobalRight::kManage);
  EXPECT_EQ(keys.authenticate("read-key")->global, GlobalRight::kRead);
  for (const std::string_view wrong :
       {"", "wrong", "test-signing-kez", "test-signing-key ", "a.b.c", "..", "."}) {
    const auto result = keys.authenticate(wrong);
    EXPECT_EQ(result.status().code(), StatusCode::kUnauthenticated) << wrong;
    EXPECT_EQ(refusal(result), "Invalid API key or JWT") << wrong;
  }
  EXPECT_EQ(refusal(keys.authenticate(std::nullopt)),
            "Must provide an API key or an Authorization bearer token");
}

TEST(KeyRing, TakesAnEmptyCredentialAsAWrongOne) {
  const KeyRing keys = ring();
  observe::OpContext context;
  EXPECT_EQ(refusal(keys.authenticate(context)),
            "Must provide an API key or an Authorization bearer token");
  context.credential_given = true;
  EXPECT_EQ(refusal(keys.authenticate(context)), "Invalid API key or JWT");
  context.credential = "read-key";
  EXPECT_TRUE(keys.authenticate(context).ok());
}

TEST(KeyRing, RefusesAnEmptyKey) {
  KeySettings settings;
  settings.read_only_api_key = "";
  EXPECT_EQ(KeyRing::make(settings).status().code(), StatusCode::kInvalidArgument);
}

TEST(KeyRing, ReadsBearerExactly) {
  EXPECT_EQ(bearer_token("Bearer abc"), "abc");
  EXPECT_EQ(bearer_token("bearer abc"), std::nullopt);
  EXPECT_EQ(bearer_token("Basic abc"), std::nullopt);
  EXPECT_EQ(bearer_token("Bearer "), "");
}

TEST(Authorize, LetsAReadOnlyKeyReadAll) {
  const Identity reader = *ring().authenticate("read-key");
  EXPECT_EQ(refusal(reader, kReadPoints), "");
  EXPECT_EQ(refusal(reader, kReadSnapshots), "");
  EXPECT_EQ(refusal(reader, kReadServer), "");
  EXPECT_EQ(refusal(reader, kList), "");
  for (const Access& access : {kWritePoints, kChangeIndex, kManageServer}) {
    EXPECT_EQ(refusal(reader, access), "Global manage access is required");
  }
}

TEST(Authorize, KeepsATokenToItsCollections) {
  Identity token;
  token.grants = {{"c", CollectionRight::kRead}};
  EXPECT_EQ(refusal(token, kReadPoints), "");
  EXPECT_EQ(refusal(token, kReadSnapshots), "");
  EXPECT_EQ(refusal(token, kWritePoints), "Write access to collection c is required");
  EXPECT_EQ(refusal(token, kChangeIndex), "Write access to collection c is required");
  EXPECT_EQ(refusal(token, kReadServer), "Global access is required");
  EXPECT_EQ(refusal(token, kManageServer), "Global access is required");
  EXPECT_EQ(refusal(token, kList), "");
  EXPECT_EQ(authorize(token, kReadPoints, "d").message(), "Access to collection d is required");
  EXPECT_TRUE(token.may_see("c"));
  EXPECT_FALSE(token.may_see("d"));

  token.grants = {{"c", CollectionRight::kPointsReadWrite}};
  EXPECT_EQ(refusal(token, kWritePoints), "");
  EXPECT_EQ(refusal(token, kChangeIndex), "Only points access is allowed for collection c");
  EXPECT_EQ(refusal(token, kReadSnapshots), "Only points access is allowed for collection c");

  token.grants = {{"c", CollectionRight::kReadWrite}};
  EXPECT_EQ(refusal(token, kChangeIndex), "");
}

// Tokens below: header {"alg":"HS256","typ":"JWT"} and the claims beside each.
struct TokenCase {
  const char* token;
  StatusCode code;
  const char* message;
};

TEST(Token, IsReadOrRefusedInThePeersWords) {
  const KeyRing keys = ring();
  const TokenCase cases[] = {
      // {}
      {"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.j8mW3B-QhDxFPORZh0ivzS3KFrHlHxUvW4dr7G72f7k",
       StatusCode::kOk, ""},
      // {'access': 'r', 'foo': 1}
      {"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJhY2Nlc3MiOiJyIiwiZm9vIjoxfQ.oj4A2_V-"
       "nkdp7ekjbV5o5ZYMTkgz1LvNrZTfKCo2mMo",
       StatusCode::kOk, ""},
      // {'exp': 1699999970}
      {"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJleHAiOjE2OTk5OTk5NzB9.rNjrN4ZfUG3AgYFpiqJywl_i_"
       "hwQDjDqjFaW0GR260Q",
       StatusCode::kOk, ""},
      // {'exp': 1699999969}
      {"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJleHAiOjE2OTk5OTk5Njl9."
       "8KDpd5asBoUiy0hOYfDc6UYNO3g9iYQXgmDIcznbhf8",
       StatusCode::kPermissionDenied, "ExpiredSignature"},
      // {'exp': 'soon'}
      {"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJleHAiOiJzb29uIn0.LHMQGa805Jdh5H9EJwl-"
       "Lu5IlFh0MVU7Yors085veao",
       StatusCode::kUnauthenticated, "Invalid API key or JWT"},
      // {'access': 'x'}
      {"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJhY2Nlc3MiOiJ4In0.QKc7IzxGMYdi8ZqlQ2QGuWYRL5I483R6U-"
       "prL5HuMk0",
       StatusCode::kUnauthenticated, "Invalid API key or JWT"},
      // {'access': 5}
      {"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJhY2Nlc3MiOjV9.lZ0OTXyNK-"
       "mDGsZxrZpYm5aeGi4qHVK3w38KlC4q6Z0",
       StatusCode::kUnauthenticated, "Invalid API key or JWT"},
      // {'access': [{'collection': 'a', 'access': 'w'}]}
      {"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
       "eyJhY2Nlc3MiOlt7ImNvbGxlY3Rpb24iOiJhIiwiYWNjZXNzIjoidyJ9XX0.w2Bv1KLiS-7JkZtgTe_evGmrB_3vX-"
       "YECct3G4QlUhY",
       StatusCode::kUnauthenticated, "Invalid API key or JWT"},
      // {'access': [{'collection': 'a'}]}
      {"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJhY2Nlc3MiOlt7ImNvbGxlY3Rpb24iOiJhIn1dfQ."
       "4I1rjhXT9xHQq5FAFztudj4Xzy8X7BQRrP9yAvQp5_s",
       StatusCode::kUnauthenticated, "Invalid API key or JWT"},
      // {'access': [{'collection': 'a', 'access': 'r', 'payload': {'x': 1}}]}
      {"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
       "eyJhY2Nlc3MiOlt7ImNvbGxlY3Rpb24iOiJhIiwiYWNjZXNzIjoiciIsInBheWxvYWQiOnsieCI6MX19XX0.2FmQH-"
       "axpf3kiyn7r_Ofy7M-UugRXTjscvkH-vW7GJs",
       StatusCode::kUnauthenticated,
       "access[0].payload: The 'payload' constraint is deprecated and should not be used"},
      // {} {'key': b'read-key'}
      {"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.X7scL-bNaPZ72igmg07hCfz6k4Of-bEQJitkQNeJ8Co",
       StatusCode::kPermissionDenied, "InvalidSignature"},
      // {} {'key': b'other-key'}
      {"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.E6NBJtgg2gZHfBKeYs-DWa0nR6uUYd50-LYTDvpIO00",
       StatusCode::kOk, ""},
      // {} {'alg': 'none'}
      {"eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.e30.dI2Dn6WtlMRo_tRInLhOkfmMytzFOmAWu1vd6izlaJE",
       StatusCode::kUnauthenticated, "Invalid API key or JWT"},
      // {} {'alg': 'HS512'}
      {"eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9.e30.TW-KkThVWVbjnHlhPVueycCQ8GUtEfK3Fbb91UQPW68",
       StatusCode::kUnauthenticated, "Invalid API key or JWT"},
      // [1]
      {"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.WzFd.ji5X6sd61rRPjqVElpVLSBuccslD3aXcX1LU7uwsmjI",
       StatusCode::kUnauthenticated, "Invalid API key or JWT"},
      // not json
      {"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.bm90IGpzb24."
       "WXdp6GDDAqJgqJPTVxvX8wkfSVqK684kw2JttssbAes",
       StatusCode::kUnauthenticated, "Invalid API key or JWT"},
      // {'value_exists': {'collection': 'a', 'matches': []}}
      {"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
       "eyJ2YWx1ZV9leGlzdHMiOnsiY29sbGVjdGlvbiI6ImEiLCJtYXRjaGVzIjpbXX19."
       "mefzuR5fI8fNHKZHl5IoOZmFHV1iFZCXKXhUv6V0xnY",
       StatusCode::kUnauthenticated, "Invalid JWT, stateful validation failed"},
      // {'value_exists': {'collection': 7}}
      {"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ2YWx1ZV9leGlzdHMiOnsiY29sbGVjdGlvbiI6N319."
       "EBr4tL1cTZeAZ7i9MiMjNTGczSG7UiG2LmJem894Iow",
       StatusCode::kUnauthenticated, "Invalid API key or JWT"},
      // {'exp': 99999999999}
      {"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJleHAiOjk5OTk5OTk5OTk5fQ.WQ_"
       "8gEU10d5wTrziSuksInGe6i2jW2uVVPzdJd3yIOE",
       StatusCode::kOk, ""},
  };
  for (const TokenCase& one : cases) {
    const auto result = keys.authenticate(one.token);
    EXPECT_EQ(result.status().code(), one.code) << one.token;
    EXPECT_EQ(refusal(result), one.message) << one.token;
    EXPECT_EQ(ring(false).authenticate(one.token).status().code(), StatusCode::kUnauthenticated);
  }
}

TEST(Token, CarriesRightsAndSubject) {
  const KeyRing keys = ring();
  const auto full = keys.authenticate(
      "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.j8mW3B-QhDxFPORZh0ivzS3KFrHlHxUvW4dr7G72f7k");
  ASSERT_TRUE(full.ok());
  EXPECT_EQ(full->global, GlobalRight::kManage);
  const auto limited = keys.authenticate(
      "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
      "eyJzdWJqZWN0IjoiYW5uIiwiYWNjZXNzIjpbeyJjb2xsZWN0aW9uIjoiYSIsImFjY2VzcyI6InIifSx7ImNvbGxlY3Rp"
      "b24iOiJiIiwiYWNjZXNzIjoicHJ3In1dfQ.bDnYFsxJWm4ZQ7nVMOqDmUkOdNh5Le42BcePJ1x6sVU");
  ASSERT_TRUE(limited.ok());
  EXPECT_EQ(limited->global, GlobalRight::kNone);
  EXPECT_EQ(limited->subject, "ann");
  ASSERT_EQ(limited->grants.size(), 2u);
  EXPECT_EQ(limited->grants[1].collection, "b");
  EXPECT_EQ(limited->grants[1].right, CollectionRight::kPointsReadWrite);
}

TEST(Token, SurvivesAnyDamage) {
  const KeyRing keys = ring();
  const std::string good =
      "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
      "eyJzdWJqZWN0IjoiYW5uIiwiYWNjZXNzIjpbeyJjb2xsZWN0aW9uIjoiYSIsImFjY2VzcyI6InIifSx7ImNvbGxlY3Rp"
      "b24iOiJiIiwiYWNjZXNzIjoicHJ3In1dfQ.bDnYFsxJWm4ZQ7nVMOqDmUkOdNh5Le42BcePJ1x6sVU";
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string cut = good.substr(0, i);
    EXPECT_FALSE(keys.authenticate(cut).ok());
    std::string changed = good;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(keys.authenticate(changed).ok()) << i;
  }
  EXPECT_FALSE(keys.authenticate(good + ".x").ok());
  EXPECT_FALSE(
      keys.authenticate(std::string(20000, 'a') + "." + std::string(20000, 'b') + ".c").ok());
}

}  // namespace
}  // namespace alidade::auth
