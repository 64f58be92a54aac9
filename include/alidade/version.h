#pragma once

/// Version of the client libraries, semantic. Below 1.0 a new minor version may change the interface.
#define ALIDADE_VERSION_MAJOR 0
#define ALIDADE_VERSION_MINOR 1
#define ALIDADE_VERSION_PATCH 0
#define ALIDADE_VERSION_TEXT "0.1.0"
/// For comparisons by the preprocessor: `#if ALIDADE_VERSION >= ALIDADE_VERSION_OF(0, 2, 0)`.
#define ALIDADE_VERSION_OF(major, minor, patch) ((major)*1000000 + (minor)*1000 + (patch))
#define ALIDADE_VERSION \
  ALIDADE_VERSION_OF(ALIDADE_VERSION_MAJOR, ALIDADE_VERSION_MINOR, ALIDADE_VERSION_PATCH)

// Every public name lives in an inline namespace v<ABI>, so that a program which mixes the headers of one
// ABI with the library of another does not link, rather than misbehave.

/// Marks what a shared build exports; everything else stays inside.
#if defined(__GNUC__)
#define ALIDADE_API __attribute__((visibility("default")))
#else
#define ALIDADE_API
#endif
