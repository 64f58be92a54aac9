#pragma once

#include <string>

#include "base/status.h"
#include "collection/verify.h"
#include "env/env.h"

namespace alidade::app {

/// `alidade check`: reads every byte of a data folder, offline. Takes its lock, changes nothing else.
/// @return kNotFound when there is no such folder; kAlreadyExists when a server uses it.
Result<collection::FolderVerification> check_data_folder(env::Env& env, const std::string& directory);

/// The report for people, one line per finding and a closing line.
std::string to_text(const collection::FolderVerification& report);

/// Takes the lock of a data folder that is there.
/// @return as check_data_folder().
Result<std::unique_ptr<env::FileLock>> lock_data_folder(env::Env& env, const std::string& directory);

}  // namespace alidade::app
