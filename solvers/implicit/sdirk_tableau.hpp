// Coefficients of a stiffly accurate, L-stable ESDIRK pair: the first stage is explicit, the others
// share one diagonal entry, the last stage is the new state.
#pragma once
#include <array>

namespace thalweg::esdirk {

template <int S>
struct Tableau {
  static constexpr int stages = S;
  double gamma;
  std::array<double, S> c;
  std::array<std::array<double, S>, S> a;  // without the diagonal; the last row are the weights
  std::array<double, S> embedded;          // weights of the companion, of one order less
};

/// ARK5(4)8L[2]SA, the implicit part, order 5(4), stage order 2.
/// Source: Kennedy, Carpenter, Appl. Numer. Math. 44 (2003) 139-181.
inline constexpr Tableau<8> order_5{
    41.0 / 200,
    {0.0, 41.0 / 100, 2935347310677.0 / 11292855782101, 1426016391358.0 / 7196633302097, 0.92, 0.24,
     0.6, 1.0},
    {{{},
      {41.0 / 200},
      {41.0 / 400, -567603406766.0 / 11931857230679},
      {683785636431.0 / 9252920307686, 0.0, -110385047103.0 / 1367015193373},
      {3016520224154.0 / 10081342136671, 0.0, 30586259806659.0 / 12414158314087,
       -22760509404356.0 / 11113319521817},
      {218866479029.0 / 1489978393911, 0.0, 638256894668.0 / 5436446318841,
       -1179710474555.0 / 5321154724896, -60928119172.0 / 8023461067671},
      {1020004230633.0 / 5715676835656, 0.0, 25762820946817.0 / 25263940353407,
       -2161375909145.0 / 9755907335909, -211217309593.0 / 5846859502534,
       -4269925059573.0 / 7827059040749},
      {-872700587467.0 / 9133579230613, 0.0, 0.0, 22348218063261.0 / 9555858737531,
       -1143369518992.0 / 8141816002931, -39379526789629.0 / 19018526304540,
       32727382324388.0 / 42900044865799}}},
    {-975461918565.0 / 9796059967033, 0.0, 0.0, 78070527104295.0 / 32432590147079,
     -548382580838.0 / 3424219808633, -33438840321285.0 / 15594753105479,
     3629800801594.0 / 4656183773603, 4035322873751.0 / 18575991585200}};

}  // namespace thalweg::esdirk
