// The data sets that come with the library, read from data/.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/models/datasets/preparation.hpp>

namespace thalweg {

/// UCI's optical recognition of handwritten digits: 1797 images of 8 x 8 pixels in 0..16, ten
/// classes (E. Alpaydin and C. Kaynak, 1998).
struct Digits {
  Subset subset{};
  Preparation preparation{.scaling = "global"};

  static Doc doc() {
    return {"1797 handwritten digits of 8 x 8 pixels, ten classes", "",
            "UCI, E. Alpaydin and C. Kaynak, Optical recognition of handwritten digits, 1998, CC "
            "BY 4.0"};
  }
  void fields(Fields& f);
  explicit operator Dataset() const;
};

/// Fisher's iris flowers: 150 samples, 4 lengths in cm, three classes (R. A. Fisher, 1936).
struct Iris {
  Subset subset{.subset = "random"};
  Preparation preparation{.scaling = "standard"};

  static Doc doc() {
    return {"150 iris flowers, 4 lengths in cm, three classes", "",
            "R. A. Fisher, The use of multiple measurements in taxonomic problems, 1936"};
  }
  void fields(Fields& f);
  explicit operator Dataset() const;
};

/// UCI's German credit data: 1000 loans, 24 numbers each, paid back or not (H. Hofmann, 1994).
struct GermanCredit {
  Subset subset{.subset = "random"};
  Preparation preparation{.scaling = "standard"};

  static Doc doc() {
    return {"1000 loans of a German bank, 24 inputs, two classes: 1 good, 0 bad", "",
            "UCI, H. Hofmann, Statlog (German Credit Data), 1994, CC BY 4.0"};
  }
  void fields(Fields& f);
  explicit operator Dataset() const;
};

}  // namespace thalweg
