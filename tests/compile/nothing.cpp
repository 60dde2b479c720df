// error: this struct is not a model
#include <thalweg/model.hpp>
using namespace thalweg;

struct Nothing {
  Index dim() const { return 1; }
};
THALWEG_MODEL(Nothing, "nothing", "neither value nor motion")
