#include "client/engine/account_setup.h"

#include "client/engine/account_secrets.h"
#include "client/engine/status.h"

namespace parley::client {
namespace {

using FlowStep = SetupFlow::Step;

constexpr std::uint32_t kRecordFormat = 1;
constexpr Duration kPollRetry = seconds(3);

Secret<32> secret_of(const SecretBuffer& buffer) { return Secret<32>{buffer.view().first<32>()}; }

std::shared_ptr<const Secret<32>> shared_secret(const SecretBuffer& buffer) {
  return std::make_shared<const Secret<32>>(secret_of(buffer));
}

Status require_no_account(Step& step) {
  PARLEY_TRY(account, step.any_account());
  if (account != nullptr && account->registered) return fail(ErrorCode::account_exists);
  if (step.live().flow.step != FlowStep::none) {
    return fail(ErrorCode::out_of_place, "another sign-up or login is under way");
  }
  return {};
}

std::string device_name_of(const api::Command& command) {
  if (const auto* sign_up = std::get_if<api::SignUp>(&command.body)) return sign_up->device_name;
  if (const auto* log_in = std::get_if<api::LogIn>(&command.body)) return log_in->device_name;
  if (const auto* link = std::get_if<api::StartLink>(&command.body)) return link->device_name;
  return {};
}

// A new account's or device's own keys; the identity is given or made.
records::Account make_account(Step& step, std::string handle, signal::LocalIdentity identity) {
  records::Account account;
  account.format = kRecordFormat;
  account.handle = std::move(handle);
  account.registration_id = identity.registration_id.value;
  account.identity_private_key = SecretBuffer(identity.key.private_key.view());
  account.settings.emplace();
  account.settings->read_receipts = true;
  account.settings->typing = true;
  account.account_key = SecretBuffer(step.random().secret<32>().view());
  return account;
}

setup::NewDevice new_device(Step& step, const records::Account& account,
                            const signal::LocalIdentity& identity, const api::Command& command) {
  setup::NewDevice device;
  device.registration_id = account.registration_id;
  device.identity_key = to_bytes(identity.key.public_key.serialize());
  device.name =
      seal_device_name(account.account_key.view(), device_name_of(command), step.random());
  return device;
}

Status request_add_device(Step& step, bool reset_identity) {
  SetupFlow& flow = step.live().flow;
  PARLEY_TRY(account, step.any_account());
  PARLEY_TRY(identity, step.identity());
  setup::AddDevice request;
  request.login_token = SecretBuffer(flow.login_token->view());
  request.device = new_device(step, *account, identity, *flow.command);
  request.proof = add_device_proof(identity.key, flow.login_token->view(), account->registration_id,
                                   step.random());
  request.reset_identity = reset_identity;
  flow.step = FlowStep::add_device;
  flow.request_id = step.setup(std::move(request));
  return {};
}

// --- answers

Status on_registered(Step& step, const setup::Registered& reply) {
  LiveState& live = step.live();
  PARLEY_TRY(account, step.any_account());
  if (account == nullptr) return fail(ErrorCode::internal, "registered without an account record");
  records::Account& own = step.change_account();
  own.registered = true;
  own.account_id = reply.account_id;
  own.device_id = reply.device_id;
  own.hub_id = reply.hub_id;
  own.handle = reply.handle;
  own.session_token = reply.session_token.clone();
  own.problem = ErrorCode::unspecified;
  live.completes_with_prekeys = live.flow.command;
  live.flow = {};
  return raise_status(step);
}

Status on_login_granted(Step& step, const setup::LoginGranted& reply) {
  SetupFlow& flow = step.live().flow;
  const auto* sign_up = std::get_if<api::SignUp>(&flow.command->body);
  const auto* log_in = std::get_if<api::LogIn>(&flow.command->body);
  const std::string& handle = sign_up ? sign_up->handle : log_in->handle;
  flow.login_token = shared_secret(reply.login_token);
  flow.granted_identity = reply.identity_key;

  // A sign-up whose answer was lost left the right identity here.
  PARLEY_TRY(stored, step.any_account());
  if (stored != nullptr && stored->handle == handle) {
    PARLEY_TRY(identity, step.identity());
    if (equal(identity.key.public_key.serialize(), reply.identity_key)) {
      return request_add_device(step, false);
    }
  }
  if (sign_up) return fail(ErrorCode::handle_taken);
  const api::LogIn& request = *log_in;
  if (request.reset_identity) {
    records::Account account =
        make_account(step, request.handle, signal::LocalIdentity::generate(step.random()));
    account.recovery_key = SecretBuffer(step.random().secret<32>().view());
    step.set_account(std::move(account));
    return request_add_device(step, true);
  }
  if (request.recovery_key.empty() || !reply.has_recovery) {
    return fail(ErrorCode::identity_mismatch,
                reply.has_recovery ? "recovery key needed" : "no recovery data is stored");
  }
  setup::FetchRecovery fetch;
  fetch.login_token = reply.login_token.clone();
  flow.step = FlowStep::recovery;
  flow.request_id = step.setup(std::move(fetch));
  return {};
}

// The identity came from the recovery data or another device.
Status adopt_identity(Step& step, std::string handle, const SecretBuffer& private_key,
                      const SecretBuffer& account_key, const SecretBuffer* recovery_key) {
  if (private_key.size() != 32 || account_key.size() != 32) {
    return fail(ErrorCode::malformed, "identity is incomplete");
  }
  auto fresh = signal::LocalIdentity::generate(step.random());
  fresh.key = crypto::KeyPair::from_private(secret_of(private_key));
  records::Account account = make_account(step, std::move(handle), std::move(fresh));
  account.account_key = account_key.clone();
  if (recovery_key != nullptr) {
    account.recovery_key = recovery_key->clone();
    account.recovery_stored = true;
  }
  step.set_account(std::move(account));
  return request_add_device(step, false);
}

Status on_recovery(Step& step, const setup::Recovery& reply) {
  const SetupFlow& flow = step.live().flow;
  const auto& request = std::get<api::LogIn>(flow.command->body);
  PARLEY_TRY(key, parse_recovery_key(request.recovery_key));
  PARLEY_TRY(data, open_recovery(key, reply.blob));
  const auto identity = crypto::KeyPair::from_private(secret_of(data.identity_private_key));
  if (!equal(identity.public_key.serialize(), flow.granted_identity)) {
    return fail(ErrorCode::recovery_failed, "the key is of an earlier identity");
  }
  const SecretBuffer recovery_key(key.view());
  return adopt_identity(step, request.handle, data.identity_private_key, data.account_key,
                        &recovery_key);
}

LinkTarget link_target(const SetupFlow& flow) { return {flow.slot, flow.link_key->public_key}; }

Status poll_link(Step& step) {
  SetupFlow& flow = step.live().flow;
  setup::PollLink poll;
  poll.poll_token = SecretBuffer(flow.poll_token->view());
  flow.step = FlowStep::poll_link;
  flow.retry_at_ms = 0;
  flow.request_id = step.setup(std::move(poll));
  return {};
}

Status on_link_opened(Step& step, const setup::LinkOpened& reply) {
  SetupFlow& flow = step.live().flow;
  flow.slot = reply.slot;
  flow.poll_token = shared_secret(reply.poll_token);
  api::LinkCode code;
  code.code = link_code(link_target(flow));
  code.check = link_check_digits(link_target(flow));
  code.expires_at_ms = step.now().ms + reply.expires_in_ms;
  step.event(std::move(code), flow.command->id);
  return poll_link(step);
}

Status on_link_result(Step& step, const setup::LinkResult& reply) {
  SetupFlow& flow = step.live().flow;
  if (!reply.ready) return poll_link(step);
  PARLEY_TRY(envelope, open_link(link_target(flow), *flow.link_key, reply.envelope));
  flow.login_token = shared_secret(reply.login_token);
  return adopt_identity(step, envelope.handle, envelope.identity_private_key, envelope.account_key,
                        nullptr);
}

Status on_flow_reply(Step& step, const api::SetupReply& reply) {
  if (const auto* body = std::get_if<setup::Registered>(&reply.body)) {
    return on_registered(step, *body);
  }
  if (const auto* body = std::get_if<setup::LoginGranted>(&reply.body)) {
    return on_login_granted(step, *body);
  }
  if (const auto* body = std::get_if<setup::Recovery>(&reply.body)) return on_recovery(step, *body);
  if (const auto* body = std::get_if<setup::LinkOpened>(&reply.body)) {
    return on_link_opened(step, *body);
  }
  if (const auto* body = std::get_if<setup::LinkResult>(&reply.body)) {
    return on_link_result(step, *body);
  }
  return fail(ErrorCode::malformed, "the hub's answer is empty");
}

Error error_of(const api::SetupReply& reply) {
  return Error{reply.error, reply.detail, reply.retry_after_ms};
}

// The name is taken, but perhaps by this very device: a sign-up whose answer was lost. Then
// the password is right and the identity is the one kept here.
void try_log_in_instead(Step& step) {
  SetupFlow& flow = step.live().flow;
  const auto& request = std::get<api::SignUp>(flow.command->body);
  setup::LogIn body;
  body.handle = request.handle;
  body.password = request.password;
  flow.step = FlowStep::log_in;
  flow.request_id = step.setup(std::move(body));
}

// What went wrong with the attempt above is that the name is taken.
Error as_seen(const SetupFlow& flow, const Error& error) {
  const bool was_attempt = std::holds_alternative<api::SignUp>(flow.command->body) &&
                           error.code == ErrorCode::wrong_credentials;
  return was_attempt ? Error{ErrorCode::handle_taken, {}, 0} : error;
}

void fail_flow(Step& step, const Error& error) {
  const SetupFlow& flow = step.live().flow;
  raise_failure(step, flow.command->id, as_seen(flow, error));
  step.live().flow = {};
}

// Ends an OpenSetup: a password change or the account's deletion.
Status on_other_reply(Step& step, const OpenSetup& open, const api::SetupReply& reply) {
  if (reply.error != ErrorCode::unspecified) {
    raise_failure(step, open.command->id, error_of(reply));
    return {};
  }
  step.done(open.command->id);
  if (std::holds_alternative<api::DeleteAccount>(open.command->body)) step.wipe();
  return {};
}

}  // namespace

Status start_sign_up(Step& step, const SharedCommand& command, const api::SignUp& request) {
  PARLEY_CHECK(require_no_account(step));
  PARLEY_TRY(stored, step.any_account());
  // The same keys again if an earlier answer was lost: see on_login_granted.
  const bool is_repeated = stored != nullptr && stored->handle == request.handle;
  if (!is_repeated) {
    records::Account account =
        make_account(step, request.handle, signal::LocalIdentity::generate(step.random()));
    account.recovery_key = SecretBuffer(step.random().secret<32>().view());
    step.set_account(std::move(account));
  }
  PARLEY_TRY(account, step.any_account());
  PARLEY_TRY(identity, step.identity());
  setup::SignUp body;
  body.handle = request.handle;
  body.password = request.password;
  body.country = request.country;
  body.device = new_device(step, *account, identity, *command);
  SetupFlow& flow = step.live().flow;
  flow.step = FlowStep::sign_up;
  flow.command = command;
  flow.is_repeated = is_repeated;
  flow.request_id = step.setup(std::move(body));
  return {};
}

Status start_log_in(Step& step, const SharedCommand& command, const api::LogIn& request) {
  PARLEY_CHECK(require_no_account(step));
  // A mistyped key is found before the password is sent.
  if (!request.recovery_key.empty()) PARLEY_CHECK(parse_recovery_key(request.recovery_key));
  setup::LogIn body;
  body.handle = request.handle;
  body.password = request.password;
  SetupFlow& flow = step.live().flow;
  flow.step = FlowStep::log_in;
  flow.command = command;
  flow.request_id = step.setup(std::move(body));
  return {};
}

Status start_link(Step& step, const SharedCommand& command, const api::StartLink& /*request*/) {
  PARLEY_CHECK(require_no_account(step));
  SetupFlow& flow = step.live().flow;
  flow.step = FlowStep::open_link;
  flow.command = command;
  flow.link_key = std::make_shared<const crypto::KeyPair>(crypto::KeyPair::generate(step.random()));
  flow.request_id = step.setup(setup::OpenLink{});
  return {};
}

Status change_password(Step& step, const SharedCommand& command,
                       const api::ChangePassword& request) {
  PARLEY_TRY(account, step.account());
  setup::ChangePassword body;
  body.handle = account->handle;
  body.old_password = request.old_password;
  body.new_password = request.new_password;
  step.live().setups.push_back({step.setup(std::move(body)), command});
  return {};
}

Status set_push(Step& step, const SharedCommand& command, const api::SetPush& request) {
  PARLEY_TRY(account, step.account());
  setup::SetPush body;
  body.session_token = account->session_token.clone();
  body.endpoint = request.endpoint;
  step.live().setups.push_back({step.setup(std::move(body)), command});
  return {};
}

Status delete_account(Step& step, const SharedCommand& command, const api::DeleteAccount& request) {
  PARLEY_TRY(account, step.account());
  setup::DeleteAccount body;
  body.handle = account->handle;
  body.password = request.password;
  step.live().setups.push_back({step.setup(std::move(body)), command});
  return {};
}

Status on_setup_reply(Step& step, const api::SetupReply& reply) {
  LiveState& live = step.live();
  for (auto open = live.setups.begin(); open != live.setups.end(); ++open) {
    if (open->id != reply.id) continue;
    const OpenSetup ended = std::move(*open);
    live.setups.erase(open);
    return on_other_reply(step, ended, reply);
  }
  SetupFlow& flow = live.flow;
  if (flow.step == FlowStep::none || flow.request_id != reply.id) return {};
  if (reply.error != ErrorCode::unspecified) {
    const bool is_lasting = reply.error != ErrorCode::hub_unreachable &&
                            reply.error != ErrorCode::timed_out &&
                            !error_info(reply.error).retryable;
    // A link waits for its other device through short interruptions.
    if (flow.step == FlowStep::poll_link && !is_lasting) {
      flow.retry_at_ms = step.now().ms + kPollRetry.ms;
      return {};
    }
    if (flow.step == FlowStep::sign_up && flow.is_repeated &&
        reply.error == ErrorCode::handle_taken) {
      try_log_in_instead(step);
      return {};
    }
    fail_flow(step, error_of(reply));
    return {};
  }
  if (const Status result = on_flow_reply(step, reply); !result) {
    if (step.is_loading()) return result;
    fail_flow(step, result.error());
  }
  return {};
}

Status continue_setup(Step& step) {
  const SetupFlow& flow = step.live().flow;
  if (flow.step != FlowStep::poll_link || flow.retry_at_ms == 0) return {};
  if (flow.retry_at_ms > step.now().ms) return {};
  return poll_link(step);
}

}  // namespace parley::client
