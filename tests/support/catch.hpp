// The only includer of Catch2, so that moving to version 3 touches one file.
#pragma once
#include <catch2/catch.hpp>
