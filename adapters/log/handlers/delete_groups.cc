#include "adapters/log/handlers/delete_groups.h"

#include "adapters/log/errors.h"

#include <utility>

namespace rialto::kafka {

void answer_delete_groups(const Call& call, DeleteGroupsRequest& request) {
  const auto all = Gathering<DeleteGroupsResponse>::begin(call, {});
  for (std::size_t g = 0; g < request.groups.size(); ++g) {
    all->response.groups.push_back({request.groups[g], 0});
    all->ask(all, DeleteGroup{request.groups[g]},
             [g](DeleteGroupsResponse& response, const auto& result) {
               if (!result) response.groups[g].error = wire_of_group(result.error().code);
             });
  }
  all->asked_all();
}

}  // namespace rialto::kafka
