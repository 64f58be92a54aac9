#include <pthread.h>
#include <signal.h>

#include <cstdio>
#include <string>
#include <vector>

#include "app/check.h"
#include "app/command_line.h"
#include "app/exit_codes.h"
#include "app/serve.h"
#include "app/settings.h"
#include "collection/salvage.h"
#include "env/env.h"
#include "env/process_limits.h"
#include "observe/log.h"

extern char** environ;

namespace alidade::app {
namespace {

std::vector<TextPair> environment() {
  std::vector<TextPair> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text(*entry);
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos)
      variables.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

int end_with(ExitCode code, const std::string& message) {
  std::fprintf(stderr, "alidade: %s\n", message.c_str());
  return static_cast<int>(code);
}

ExitCode code_of(const Status& status) {
  if (status.code() == StatusCode::kAlreadyExists) return ExitCode::kDataLocked;
  if (status.code() == StatusCode::kUnavailable) return ExitCode::kPortInUse;
  if (status.code() == StatusCode::kInvalidArgument) return ExitCode::kUsage;
  return ExitCode::kFailure;
}

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

/// Waits for the first of them; the next one ends the process at once.
void wait_for_stop_signal() {
  const sigset_t set = stop_signals();
  int signal_number = 0;
  sigwait(&set, &signal_number);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

std::string address_text(const ListenAddress& address) {
  const bool is_ipv6 = address.host.find(':') != std::string::npos;
  const std::string host = is_ipv6 ? "[" + address.host + "]" : address.host;
  return "http://" + host + ":" + std::to_string(address.port);
}

/// Every collection that is written to, and every connection, takes a file.
void raise_limits(observe::Log& log) {
  const auto limit = env::raise_open_file_limit();
  if (!limit.ok()) {
    log.warn("the server may run out of open files", {{"reason", limit.status().message()}});
  } else if (limit->now != limit->before) {
    log.info("the limit of open files was raised", {{"from", limit->before}, {"to", limit->now}});
  }
}

int serve(const CommandLine& line) {
  SettingSources sources;
  sources.config = line.config;
  sources.qdrant_config_path = line.qdrant_config_path;
  sources.environment = environment();
  sources.flags = line.flags;
  sources.read_file = [](const std::string& path) {
    return env::read_file(env::posix_env(), path);
  };
  const auto settings = load_settings(sources);
  if (!settings.ok()) return end_with(ExitCode::kUsage, settings.status().message());

  // Blocked before any thread starts, so that only the wait below sees them.
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);

  env::Env& env = env::posix_env();
  observe::Log log(observe::log_level_from(settings->log_level), [&env] { return env.now_us(); });
  for (const std::string& note : settings->notes) log.warn(note);
  raise_limits(log);
  auto server = Server::start(*settings, env, log);
  if (!server.ok()) return end_with(code_of(server.status()), server.status().message());
  for (const ListenAddress& address : (*server)->addresses()) {
    std::printf("%-12s %s\n", address.name.c_str(), address_text(address).c_str());
  }
  std::fflush(stdout);
  wait_for_stop_signal();
  (*server)->stop();
  return static_cast<int>(ExitCode::kOk);
}

int check(const std::string& directory) {
  const auto report = check_data_folder(env::posix_env(), directory);
  if (!report.ok()) return end_with(code_of(report.status()), report.status().message());
  std::fputs(to_text(*report).c_str(), stdout);
  return static_cast<int>(report->damages.empty() ? ExitCode::kOk : ExitCode::kDamageFound);
}

int repair(const std::string& directory, const std::string& new_directory) {
  env::Env& env = env::posix_env();
  const auto lock = lock_data_folder(env, directory);
  if (!lock.ok()) return end_with(code_of(lock.status()), lock.status().message());
  const auto salvage = collection::salvage_folder(env, directory, new_directory);
  if (!salvage.ok()) return end_with(code_of(salvage.status()), salvage.status().message());
  std::fputs(salvage->report.c_str(), stdout);
  return static_cast<int>(salvage->left_something_out ? ExitCode::kLeftOut : ExitCode::kOk);
}

int run(const std::vector<std::string>& arguments) {
  const auto line = parse_command_line(arguments);
  if (!line.ok())
    return end_with(ExitCode::kUsage, line.status().message() + " (see alidade --help)");
  switch (line->action) {
    case CommandLine::Action::kPrint:
      std::fputs(line->text.c_str(), stdout);
      return static_cast<int>(ExitCode::kOk);
    case CommandLine::Action::kCheck:
      return check(line->directory);
    case CommandLine::Action::kRepair:
      return repair(line->directory, line->new_directory);
    case CommandLine::Action::kServe:
      return serve(*line);
  }
  return static_cast<int>(ExitCode::kFailure);
}

}  // namespace
}  // namespace alidade::app

int main(int argument_count, char** arguments) {
  return alidade::app::run(std::vector<std::string>(arguments + 1, arguments + argument_count));
}
