// Sending files of this computer, for the commands that do.
#pragma once

#include "apps/cli/context.h"

namespace parley::cli {

std::string absolute_path(const std::string& path);
// Throws a usage problem for what cannot be read.
api::LocalFile local_file(const std::string& path);
// Sends and shows the progress. Throws what went wrong, with how to go on.
Answer send_files(Session& session, api::SendFiles request, bool json);

}  // namespace parley::cli
