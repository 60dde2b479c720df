#include <thalweg/app/commands.hpp>
#include <thalweg/core/error.hpp>

#include <new>
#include <stdexcept>
#include <system_error>

namespace thalweg {

Failure current_failure() {
  try {
    throw;
  } catch (const Error& e) {
    return {e.exit_code(), e.what()};
  } catch (const std::bad_alloc&) {
    return {2,
            "there is not enough memory for this; make the model, the data or what is recorded "
            "smaller"};
  } catch (const std::length_error&) {
    return {2,
            "this needs an array larger than the memory can hold; make the model, the data or "
            "what is recorded smaller"};
  } catch (const std::system_error& e) {  // files, threads
    return {5, e.what()};
  } catch (const std::exception& e) {
    return {1, std::string("internal error: ") + e.what() +
                   "; please report this with the command and the config"};
  } catch (...) {
    return {1,
            "internal error of an unknown kind; please report this with the command and the "
            "config"};
  }
}

}  // namespace thalweg
