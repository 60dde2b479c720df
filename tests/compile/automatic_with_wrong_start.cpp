// error: wrong signature, it must be `Vec initial_state(Rng& rng) const`
#include <thalweg/model.hpp>
using namespace thalweg;

struct Bowl {
  Index dim() const { return 1; }
  template <class S>
  S value(const VectorOf<S>& q) const {
    return q[0] * q[0];
  }
  Vec initial_state() const { return Vec::Ones(1); }
};
THALWEG_MODEL(Bowl, "bowl", "automatic derivatives and a start without rng")
