// report and info: what was recorded, as a page and as text.
#include <thalweg/app/commands.hpp>
#include <thalweg/app/talk.hpp>
#include <thalweg/core/error.hpp>
#include <thalweg/report/info.hpp>
#include <thalweg/report/report.hpp>
#include <thalweg/report/sweep_report.hpp>
#include <thalweg/sweep/sweep.hpp>

namespace thalweg {

namespace {

// A sweep writes its file at its end.
void refuse_unfinished_sweep(const std::string& directory) {
  if (is_sweep_directory(directory) && !holds_sweep(directory))
    throw ConfigError(directory +
                      " holds a sweep that was killed before it wrote its file; the same command "
                      "goes on, and Ctrl-C leaves a file of what there is");
}

}  // namespace

int report_command(const Options& options) {
  refuse_unfinished_sweep(options.target);
  print((holds_sweep(options.target) ? write_sweep_report(options.target)
                                     : write_report(options.target)) +
        "\n");
  return 0;
}

int info_command(const Options& options) {
  refuse_unfinished_sweep(options.target);
  if (holds_sweep(options.target)) {
    print(options.json ? sweep_info_json(options.target) : sweep_info_text(options.target));
    return 0;
  }
  print(options.json ? info_json(options.target) : info_text(options.target));
  return 0;
}

}  // namespace thalweg
