#pragma once

/// The client of Chroma servers: all of its public headers but the throwing façade (chroma/throwing.h).
#include "alidade/chroma/bulk.h"        // IWYU pragma: export
#include "alidade/chroma/client.h"      // IWYU pragma: export
#include "alidade/chroma/collection.h"  // IWYU pragma: export
#include "alidade/chroma/options.h"     // IWYU pragma: export
#include "alidade/chroma/records.h"     // IWYU pragma: export
#include "alidade/chroma/schema.h"      // IWYU pragma: export
#include "alidade/chroma/search.h"      // IWYU pragma: export
#include "alidade/chroma/where.h"       // IWYU pragma: export
