// How a device gets an account: sign-up, login by recovery key or with a new
// identity, and linking. All over HTTP, before there is a channel; each is a short
// sequence of requests kept in LiveState::flow.
#pragma once

#include "client/engine/step.h"

namespace parley::client {

Status start_sign_up(Step& step, const SharedCommand& command, const api::SignUp& request);
Status start_log_in(Step& step, const SharedCommand& command, const api::LogIn& request);
Status start_link(Step& step, const SharedCommand& command, const api::StartLink& request);

Status change_password(Step& step, const SharedCommand& command,
                       const api::ChangePassword& request);
Status set_push(Step& step, const SharedCommand& command, const api::SetPush& request);
Status delete_account(Step& step, const SharedCommand& command, const api::DeleteAccount& request);

// The answer to one of the requests that the above have made.
Status on_setup_reply(Step& step, const api::SetupReply& reply);
// Polls again for a link whose last poll failed.
Status continue_setup(Step& step);

}  // namespace parley::client
