#include "lib/json/enum_names.h"

namespace parley::json {
namespace {

using wire::channel::Feature;
using wire::channel::IdForm;
using wire::channel::Protection;
using wire::channel::ProviderState;

constexpr EnumName<Feature> kFeatures[] = {
    {Feature::unspecified, "FEATURE_UNSPECIFIED"},
    {Feature::reply, "REPLY"},
    {Feature::reaction, "REACTION"},
    {Feature::edit, "EDIT"},
    {Feature::delete_, "DELETE"},
    {Feature::expiry, "EXPIRY"},
    {Feature::delivery_receipt, "DELIVERY_RECEIPT"},
    {Feature::read_receipt, "READ_RECEIPT"},
    {Feature::typing, "TYPING"},
    {Feature::image, "IMAGE"},
    {Feature::voice, "VOICE"},
    {Feature::video, "VIDEO"},
    {Feature::file, "FILE"},
    {Feature::retry_receipt, "RETRY_RECEIPT"},
    {Feature::multi_device, "MULTI_DEVICE"},
};
constexpr EnumName<IdForm> kIdForms[] = {
    {IdForm::unspecified, "ID_FORM_UNSPECIFIED"},
    {IdForm::phone, "PHONE"},
    {IdForm::email, "EMAIL"},
    {IdForm::username, "USERNAME"},
};
constexpr EnumName<Protection> kProtections[] = {
    {Protection::unspecified, "PROTECTION_UNSPECIFIED"},
    {Protection::end_to_end_signal, "END_TO_END_SIGNAL"},
    {Protection::to_connector, "TO_CONNECTOR"},
    {Protection::end_to_end_omemo, "END_TO_END_OMEMO"},
};
constexpr EnumName<ProviderState> kProviderStates[] = {
    {ProviderState::unspecified, "PROVIDER_STATE_UNSPECIFIED"},
    {ProviderState::applied, "APPLIED"},
    {ProviderState::sandbox, "SANDBOX"},
    {ProviderState::live, "LIVE"},
    {ProviderState::suspended, "SUSPENDED"},
};

}  // namespace

std::span<const EnumName<Feature>> names_of(Feature) { return kFeatures; }
std::span<const EnumName<IdForm>> names_of(IdForm) { return kIdForms; }
std::span<const EnumName<Protection>> names_of(Protection) { return kProtections; }
std::span<const EnumName<ProviderState>> names_of(ProviderState) { return kProviderStates; }

}  // namespace parley::json
