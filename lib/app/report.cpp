// report and info: what was recorded, as a page and as text.
#include <thalweg/app/commands.hpp>
#include <thalweg/app/talk.hpp>
#include <thalweg/report/info.hpp>
#include <thalweg/report/report.hpp>
#include <thalweg/report/sweep_report.hpp>

namespace thalweg {

int report_command(const Options& options) {
  print((holds_sweep(options.target) ? write_sweep_report(options.target)
                                     : write_report(options.target)) +
        "\n");
  return 0;
}

int info_command(const Options& options) {
  if (holds_sweep(options.target)) {
    print(options.json ? sweep_info_json(options.target) : sweep_info_text(options.target));
    return 0;
  }
  print(options.json ? info_json(options.target) : info_text(options.target));
  return 0;
}

}  // namespace thalweg
