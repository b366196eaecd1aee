#include "lib/json/setup_json.h"

#include "lib/json/read_json.h"
#include "lib/json/write_json.h"
#include "lib/wire/wire.h"

namespace parley::json {
namespace {

// The schema's limits are checked where they are generated: by the decoder.
template <typename Message>
Result<Message> within_limits(const Message& message) {
  const SecretBuffer bytes = wire::encode_secret(message);
  return wire::decode<Message>(bytes.view());
}

}  // namespace

template <typename Message>
Result<std::string> to_json(const Message& message) {
  Writer out;
  out.object(message);
  return std::move(out).finish();
}

template <typename Message>
Result<Message> from_json(std::string_view text) {
  PARLEY_TRY(parsed, parse_object(text));
  Message message;
  ObjectReader reader(parsed.get_object(), {});
  fields_of(message, reader);
  PARLEY_CHECK(std::move(reader).finish());
  return within_limits(message);
}

#define PARLEY_SETUP_MESSAGE(Name)                          \
  template Result<std::string> to_json(const setup::Name&); \
  template Result<setup::Name> from_json(std::string_view text)

PARLEY_SETUP_MESSAGE(HubInfo);
PARLEY_SETUP_MESSAGE(SignUp);
PARLEY_SETUP_MESSAGE(Registered);
PARLEY_SETUP_MESSAGE(LogIn);
PARLEY_SETUP_MESSAGE(LoginGranted);
PARLEY_SETUP_MESSAGE(AddDevice);
PARLEY_SETUP_MESSAGE(FetchRecovery);
PARLEY_SETUP_MESSAGE(Recovery);
PARLEY_SETUP_MESSAGE(OpenLink);
PARLEY_SETUP_MESSAGE(LinkOpened);
PARLEY_SETUP_MESSAGE(PollLink);
PARLEY_SETUP_MESSAGE(LinkResult);
PARLEY_SETUP_MESSAGE(ChangePassword);
PARLEY_SETUP_MESSAGE(DeleteAccount);
PARLEY_SETUP_MESSAGE(SetPush);
PARLEY_SETUP_MESSAGE(Enlist);
PARLEY_SETUP_MESSAGE(Enlisted);
PARLEY_SETUP_MESSAGE(EndEnlistment);
PARLEY_SETUP_MESSAGE(EnlistmentEnded);
PARLEY_SETUP_MESSAGE(Offer);
PARLEY_SETUP_MESSAGE(SetupFailure);

#undef PARLEY_SETUP_MESSAGE

}  // namespace parley::json
