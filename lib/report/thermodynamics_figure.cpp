#include <thalweg/report/thermodynamics_figure.hpp>

namespace thalweg::report {

namespace {

std::string scale_of(const Record& record) { return record.group + "/temperature"; }

}  // namespace

bool has_thermodynamics(const RunFile& file, const Record& record) {
  const RunVariable* F = record.find("free_energy");
  return F && F->axes.size() == 1 && F->axes[0] == "temperature" && F->size() > 1 &&
         file.file().exists(scale_of(record)) &&
         file.file().type(scale_of(record)) == h5::Type::real;
}

Figure thermodynamics_figure(const RunFile& file, const Record& record) {
  Figure figure{.title = "Energies against temperature",
                .caption =
                    "Free energy F = U - T S, internal energy U and T S against temperature, "
                    "in the last row of " +
                    record.name + ".",
                .x_label = "temperature T",
                .y_label = "energy [nats]",
                .y_scale = Scale::linear};
  const auto temperature = file.file().read(scale_of(record));
  const char* const labels[] = {"F", "U", "T S"};
  const char* const names[] = {"free_energy", "internal_energy", "entropy_term"};
  for (int i = 0; i < 3; ++i)
    if (const RunVariable* v = record.find(names[i]))
      figure.curves.push_back(
          {labels[i], Curve::Role::part, temperature, file.last_row(record, *v)});
  return figure;
}

}  // namespace thalweg::report
