#include <thalweg/run/run_files.hpp>

#include <fmt/format.h>

#include <filesystem>
#include <thalweg/io/checkpoint.hpp>
#include <thalweg/io/provenance.hpp>
#include <thalweg/report/report.hpp>

namespace thalweg {

RunDirectory new_run_directory(const RunRequest& request) {
  // A sweep and a run of one folder have the same directory by default, and each a report.html.
  const std::filesystem::path path(request.directory);
  if (std::filesystem::exists(path / "sweep.h5") ||
      std::filesystem::exists(path / "checkpoint" / "members.journal"))
    throw IoError(request.directory +
                  " holds a sweep, not a run: choose another directory with --out DIR");
  auto directory =
      RunDirectory::create(request.directory, request.force ? RunDirectory::Existing::replace
                                                            : RunDirectory::Existing::refuse);
  if (request.on_begin) request.on_begin(directory.path());
  return directory;
}

RunSummary resumed(const Checkpoint& saved, const RunRequest& request,
                   const std::function<RunSummary()>& drive) {
  if (!saved.warning.empty() && request.on_notice) request.on_notice(saved.warning);
  auto summary = drive();
  if (!saved.warning.empty()) summary.warnings.insert(summary.warnings.begin(), saved.warning);
  return summary;
}

std::string status_reason(const RunSummary& summary) {
  std::string reason = summary.message;
  for (const auto* lines :
       {&summary.notices, &summary.warnings, &summary.quality_messages, &summary.verdicts})
    for (const auto& line : *lines) reason += "\n" + line;
  return reason;
}

void save_run_checkpoint(const RunDirectory& directory, const RunOutput& output, Archive archive,
                         const std::string& resolved_config) {
  const auto rows = output.rows();
  for (std::size_t i = 0; i < rows.size(); ++i)
    archive.put(fmt::format("rows.{}", i), static_cast<std::int64_t>(rows[i]));
  save_checkpoint(directory.path(), archive, sha256(resolved_config));
}

std::vector<Index> saved_rows(const Archive& archive, std::size_t series) {
  std::vector<Index> rows;
  for (std::size_t i = 0; i < series; ++i)
    rows.push_back(archive.integer(fmt::format("rows.{}", i)));
  return rows;
}

void finish_run(const RunDirectory& directory, RunOutput& output, const RunStatus& status,
                const std::vector<SeriesSchema>& schemas, bool report, RunSummary& summary) {
  output.finish(status);
  const auto rows = output.rows();
  for (std::size_t i = 0; i < rows.size(); ++i) summary.rows.emplace_back(schemas[i].name, rows[i]);
  if (!report) return;
  try {
    write_report(directory.path());
  } catch (const std::exception& e) {  // the result is whole without it
    summary.warnings.push_back(fmt::format("there is no report: {}", e.what()));
  }
}

}  // namespace thalweg
