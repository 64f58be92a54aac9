#pragma once

/// The client of Qdrant's REST interface: docs/guides/cpp-qdrant.md.
#include "alidade/qdrant/collection.h"
#include "alidade/qdrant/mapping.h"
