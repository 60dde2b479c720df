// What a second-order motion tells the methods that keep its structure: on the state x = (q, v)
//   q' = v,   mass v' = force(q) - friction v.
#pragma once

namespace thalweg {

struct Mechanics {
  double mass = 1.0;      ///< m > 0, one for all coordinates
  double friction = 0.0;  ///< gamma >= 0, constant in time
};

}  // namespace thalweg
