// What every adapter of the Store port must do about other services, their people and reports;
// see store_contract_test.cc.
#include <set>

#include "hub/store/store_contract_for_tests.h"

namespace parley::hub::testing {
namespace {

template <typename Adapter>
class ServicesContract : public StoreContract<Adapter> {};
TYPED_TEST_SUITE(ServicesContract, Adapters);

op::Enlist enlist(std::uint8_t n, std::uint8_t identity_of, std::uint8_t auth) {
  op::Enlist enlist;
  enlist.account = account_id(n);
  enlist.handle = "bob@nordlys";
  enlist.provider = "nordlys";
  enlist.identity_key = identity(identity_of);
  enlist.reset_identity = false;
  enlist.max_devices = 2;
  enlist.device = new_device(n);
  enlist.device.auth_key = ByteArray<32>{};
  enlist.device.auth_key->fill(auth);
  return enlist;
}

TYPED_TEST(ServicesContract, people_of_services_are_enlisted_device_by_device) {
  const auto added = [&](op::Enlist request) {
    const op::Reply reply = this->apply(op::Boxed(std::move(request)));
    EXPECT_EQ(reply.outcome, op::Outcome::done);
    return std::get<op::DeviceAdded>(reply.value);
  };
  EXPECT_EQ(added(enlist(10, 1, 1)).id, DeviceId{1});
  EXPECT_EQ(added(enlist(11, 1, 2)).id, DeviceId{2});
  this->adapter.reopen();
  EXPECT_FALSE(this->load(account_id(11))) << "one account for one name";
  auto bob = this->load(account_id(10));
  ASSERT_TRUE(bob);
  EXPECT_EQ(bob->handle, "bob@nordlys");
  EXPECT_EQ(bob->provider, "nordlys");
  ASSERT_EQ(bob->devices.size(), 2u);
  EXPECT_EQ((*bob->devices[1].auth_key)[0], 2);
  EXPECT_EQ(this->apply(op::Boxed(enlist(12, 1, 3))).outcome, op::Outcome::full);
  // The same device again is replaced.
  auto again = enlist(13, 1, 2);
  again.device.registration_id = new_device(11).registration_id;
  EXPECT_EQ(added(again).removed, std::vector<DeviceId>{DeviceId{2}});
  EXPECT_EQ(this->load(account_id(10))->devices.size(), 2u);
  // Another identity only with a reset, which leaves it alone.
  EXPECT_EQ(this->apply(op::Boxed(enlist(14, 2, 4))).outcome, op::Outcome::conflict);
  auto reset = enlist(14, 2, 4);
  reset.reset_identity = true;
  EXPECT_EQ(added(reset).removed.size(), 2u);
  bob = this->load(account_id(10));
  EXPECT_EQ(bob->devices.size(), 1u);
  EXPECT_EQ(bob->identity_key, identity(2));
  // No password opens it.
  using Found = std::optional<Credentials>;
  EXPECT_FALSE(*ask<Found>(this->adapter, &Store::find_credentials, std::string("bob@nordlys")));
}

TYPED_TEST(ServicesContract, a_name_that_was_given_up_is_free) {
  this->apply(op::Boxed(enlist(10, 1, 1)));
  this->apply(op::DeleteAccount{account_id(10), "#gone"});
  using Found = std::optional<AccountId>;
  EXPECT_FALSE(*ask<Found>(this->adapter, &Store::find_handle, std::string("bob@nordlys")));
  EXPECT_EQ(this->apply(op::Boxed(enlist(11, 2, 1))).outcome, op::Outcome::done);
  this->adapter.reopen();
  EXPECT_TRUE(this->load(account_id(10))->deleted);
  EXPECT_EQ(this->load(account_id(10))->provider, "nordlys") << "reports still count for it";
  EXPECT_EQ(*ask<Found>(this->adapter, &Store::find_handle, std::string("bob@nordlys")),
            account_id(11));
}

TYPED_TEST(ServicesContract, tokens_of_services_work_once_until_they_are_swept) {
  EXPECT_EQ(this->apply(op::UseToken{ticket_key(1), Time{5000}}).outcome, op::Outcome::done);
  this->adapter.reopen();
  EXPECT_EQ(this->apply(op::UseToken{ticket_key(1), Time{9000}}).outcome, op::Outcome::exists);
  EXPECT_EQ(this->apply(op::UseToken{ticket_key(2), Time{9000}}).outcome, op::Outcome::done);
  this->apply(op::Sweep{{0}, {0}, Time{6000}, 100});
  EXPECT_EQ(this->apply(op::UseToken{ticket_key(1), Time{9000}}).outcome, op::Outcome::done);
  EXPECT_EQ(this->apply(op::UseToken{ticket_key(2), Time{9000}}).outcome, op::Outcome::exists);
}

ProviderRecord nordlys() {
  ProviderRecord provider;
  provider.id = "nordlys";
  provider.display_name = "Nordlys";
  provider.id_form = wire::channel::IdForm::email;
  provider.protection = wire::channel::Protection::to_connector;
  provider.features = {wire::channel::Feature::reply, wire::channel::Feature::file};
  provider.jwks_url = "https://n.example/keys";
  provider.push_url = "https://n.example/push";
  provider.media_base_url = "https://n.example/media/";
  provider.data_policy = {"a", "b", "c", "d", "e"};
  provider.logo = Bytes(70, 3);
  provider.contact = "x@n.example";
  provider.state = wire::channel::ProviderState::suspended;
  provider.state_reason = "spam";
  provider.live_since = Time{77};
  provider.resumed = Time{78};
  provider.suspended_from = wire::channel::ProviderState::sandbox;
  provider.new_people_a_day = 12;
  provider.sandbox_accounts = {"alice", "bob@nordlys"};
  provider.allow_private_addresses = true;
  return provider;
}

TYPED_TEST(ServicesContract, services_and_what_their_people_did_are_remembered) {
  this->apply(op::CreateHub{});
  this->apply(op::Boxed(op::PutProvider{nordlys()}));
  ProviderRecord other;
  other.id = "other";
  this->apply(op::Boxed(op::PutProvider{other}));
  this->apply(op::AddFirstContact{"nordlys", 3});
  this->apply(op::AddFirstContact{"nordlys", 3});
  this->apply(op::AddFirstContact{"nordlys", 4});
  this->adapter.reopen();
  using Hub = std::optional<HubRecord>;
  auto hub = *ask<Hub>(this->adapter, &Store::load_hub);
  ASSERT_TRUE(hub);
  EXPECT_EQ(hub->providers, (std::vector<ProviderRecord>{nordlys(), other}));
  EXPECT_EQ(hub->provider_days,
            (std::vector<ProviderDay>{{"nordlys", 3, 2, 0}, {"nordlys", 4, 1, 0}}));
  EXPECT_EQ(this->apply(op::RemoveProvider{"other"}).outcome, op::Outcome::done);
  EXPECT_EQ(this->apply(op::RemoveProvider{"other"}).outcome, op::Outcome::missing);
  hub = *ask<Hub>(this->adapter, &Store::load_hub);
  EXPECT_EQ(hub->providers.size(), 1u);
}

TYPED_TEST(ServicesContract, choices_about_services_are_remembered) {
  this->create_two();
  const ThirdPartyChoices choices{true, true, {"nordlys", "other"}};
  EXPECT_EQ(this->apply(op::SetThirdParty{account_id(1), choices}).outcome, op::Outcome::done);
  EXPECT_EQ(this->apply(op::SetThirdParty{account_id(9), choices}).outcome, op::Outcome::missing);
  this->adapter.reopen();
  EXPECT_EQ(this->load(account_id(1))->third_party, choices);
  EXPECT_EQ(this->load(account_id(2))->third_party, ThirdPartyChoices{});
}

op::PutReport report(std::uint8_t id, std::uint8_t accused, std::int64_t received) {
  op::PutReport put;
  put.max_open = 4;
  put.report.reporter = account_id(1);
  put.report.accused = account_id(accused);
  put.report.provider = accused < 10 ? "" : "nordlys";
  put.report.proven = true;
  put.report.received = Time{received};
  put.report.report.report_id = Bytes(16, id);
  put.report.report.accused_account_id = account_id(accused).to_bytes();
  put.report.report.comment = "c" + std::to_string(id);
  return put;
}

TYPED_TEST(ServicesContract, reports_are_kept_once_counted_once_a_day_and_resolved) {
  const std::int64_t day = 86'400'000;
  const auto put = [&](op::PutReport request) {
    return this->apply(op::Boxed(std::move(request)));
  };
  const auto counted = [](const op::Reply& reply) {
    return std::get<op::ReportPut>(reply.value).counted;
  };
  this->apply(op::CreateHub{});
  auto unproven = report(5, 10, day);
  unproven.report.proven = false;
  EXPECT_FALSE(counted(put(unproven)));
  EXPECT_TRUE(counted(put(report(1, 10, day))));
  EXPECT_FALSE(counted(put(report(2, 10, 2 * day - 1)))) << "the same day";
  EXPECT_EQ(put(report(2, 10, 9 * day)).outcome, op::Outcome::exists);
  EXPECT_TRUE(counted(put(report(3, 10, 2 * day))));
  EXPECT_EQ(put(report(4, 2, 2 * day)).outcome, op::Outcome::full);
  this->adapter.reopen();
  using Reports = std::vector<ReportRecord>;
  const auto list = [&](Store::ReportQuery query) {
    return *ask<Reports>(this->adapter, &Store::list_reports, std::move(query));
  };
  const Reports all = list({});
  ASSERT_EQ(all.size(), 4u);
  EXPECT_FALSE(all[0].proven);
  EXPECT_TRUE(all[1].proven);
  EXPECT_EQ(all[1].report.comment, "c1");
  EXPECT_EQ(all[1].received.ms, day);
  EXPECT_EQ(this->apply(op::ResolveReport{all[1].number, "upheld", "warned"}).outcome,
            op::Outcome::done);
  EXPECT_EQ(this->apply(op::ResolveReport{999, "x", ""}).outcome, op::Outcome::missing);
  EXPECT_TRUE(counted(put(report(4, 2, 2 * day)))) << "room again";
  EXPECT_EQ(list({"nordlys", true, 0, 50}).size(), 3u);
  EXPECT_EQ(list({"nordlys", false, 0, 50})[1].resolution, "upheld");
  EXPECT_EQ(list({"", false, all[1].number, 1})[0].number, all[2].number);
  const auto hub = *ask<std::optional<HubRecord>>(this->adapter, &Store::load_hub);
  EXPECT_EQ(hub->provider_days,
            (std::vector<ProviderDay>{{"nordlys", 1, 0, 1}, {"nordlys", 2, 0, 1}}));
}

TYPED_TEST(ServicesContract, reports_end_some_time_after_they_were_resolved_and_in_any_case) {
  for (std::uint8_t id = 1; id <= 4; ++id) this->apply(op::Boxed(report(id, 10, 1000 + id)));
  using Reports = std::vector<ReportRecord>;
  const auto numbers = [&] {
    std::vector<std::uint64_t> found;
    const auto listed = ask<Reports>(this->adapter, &Store::list_reports, Store::ReportQuery{});
    for (const auto& one : *listed) {
      found.push_back(one.number);
    }
    return found;
  };
  const auto all = numbers();
  ASSERT_EQ(all.size(), 4u);
  this->apply(op::ResolveReport{all[1], "upheld", "", Time{5000}});
  this->apply(op::ResolveReport{all[2], "upheld", "", Time{7000}});
  this->adapter.reopen();
  const auto sweep = [&](std::int64_t reports, std::int64_t resolved) {
    const auto reply =
        this->apply(op::Sweep{{0}, {0}, Time{0}, 100, Time{reports}, Time{resolved}});
    return std::get<op::Swept>(reply.value).reports;
  };
  EXPECT_EQ(sweep(1001, 5000), 0u);
  EXPECT_EQ(sweep(0, 5001), 1u);
  EXPECT_EQ(numbers(), (std::vector<std::uint64_t>{all[0], all[2], all[3]}));
  EXPECT_EQ(sweep(1004, 5001), 2u) << "open or not";
  EXPECT_EQ(numbers(), std::vector<std::uint64_t>{all[3]});
  this->apply(op::Boxed(report(9, 10, 2000)));
  EXPECT_GT(numbers().back(), all[3]) << "a number is not given twice";
}

TYPED_TEST(ServicesContract, reports_take_a_bounded_room_of_each_service_and_in_all) {
  const auto put = [&](std::uint8_t id, std::uint8_t accused) {
    op::PutReport request = report(id, accused, 1000 + id);
    request.max_open = 100;
    request.report.report.comment = std::string(744, 'x');  // about 1,000 and the overhead
    request.max_bytes_of_service = 4'000;
    request.max_bytes = 6'000;
    return this->apply(op::Boxed(std::move(request)));
  };
  EXPECT_EQ(put(1, 10).outcome, op::Outcome::done);
  EXPECT_EQ(put(2, 10).outcome, op::Outcome::done);
  EXPECT_EQ(put(3, 10).outcome, op::Outcome::done);
  const op::Reply full = put(4, 10);
  EXPECT_EQ(full.outcome, op::Outcome::full);
  EXPECT_TRUE(std::get<op::ReportPut>(full.value).no_room);
  EXPECT_EQ(put(5, 2).outcome, op::Outcome::done) << "about somebody else";
  EXPECT_EQ(put(6, 2).outcome, op::Outcome::done);
  this->adapter.reopen();
  EXPECT_EQ(put(7, 2).outcome, op::Outcome::full) << "in all";
  // The oldest that was resolved goes, and no other.
  using Reports = std::vector<ReportRecord>;
  const auto list = [&] {
    return *ask<Reports>(this->adapter, &Store::list_reports, Store::ReportQuery{});
  };
  this->apply(op::ResolveReport{list()[2].number, "upheld", "", Time{50}});
  this->apply(op::ResolveReport{list()[1].number, "upheld", "", Time{60}});
  EXPECT_EQ(put(7, 2).outcome, op::Outcome::done);
  ASSERT_EQ(list().size(), 5u);
  EXPECT_EQ(list()[1].report.report_id[0], 2);
  EXPECT_EQ(list()[2].report.report_id[0], 5);
}

TYPED_TEST(ServicesContract, people_of_a_service_that_is_removed_end_step_by_step) {
  this->create_two();
  this->apply(op::CreateHub{});
  this->apply(op::Boxed(op::PutProvider{nordlys()}));
  this->apply(op::AddFirstContact{"nordlys", 3});
  for (std::uint8_t n = 10; n < 15; ++n) {
    op::Enlist person = enlist(n, n, n);
    person.handle = "person" + std::to_string(n) + "@nordlys";
    this->apply(op::Boxed(person));
    this->apply(op::SetRelation{account_id(n), account_id(1), {Relation::accepted, true, 1}});
  }
  op::Enlist elsewhere = enlist(20, 20, 20);
  elsewhere.handle = "bob@other";
  elsewhere.provider = "other";
  this->apply(op::Boxed(elsewhere));
  using Hub = std::optional<HubRecord>;
  const auto hub = [&] { return *ask<Hub>(this->adapter, &Store::load_hub); };
  EXPECT_EQ(hub()->people, (std::vector<PeopleCount>{{"nordlys", 5}, {"other", 1}}));
  EXPECT_TRUE(hub()->leaving.empty());
  this->apply(op::RemoveProvider{"nordlys"});
  this->adapter.reopen();
  EXPECT_EQ(hub()->leaving, std::vector<std::string>{"nordlys"});
  EXPECT_TRUE(hub()->provider_days.empty());
  std::set<AccountId> ended;
  int steps = 0;
  for (bool all = false; !all && steps < 10; ++steps) {
    const auto reply = this->apply(op::EndPeople{"nordlys", 2, Time{77}});
    const auto& people = std::get<op::PeopleEnded>(reply.value);
    EXPECT_LE(people.accounts.size(), 2u);
    ended.insert(people.accounts.begin(), people.accounts.end());
    all = people.all;
    this->adapter.reopen();
    EXPECT_EQ(hub()->leaving.empty(), all);
  }
  EXPECT_EQ(steps, 3);
  EXPECT_EQ(ended.size(), 5u);
  EXPECT_EQ(hub()->people, (std::vector<PeopleCount>{{"other", 1}}));
  EXPECT_FALSE(this->load(account_id(20))->deleted);
  EXPECT_FALSE(this->load(account_id(1))->deleted);
  const auto one = this->load(account_id(12));
  EXPECT_TRUE(one->deleted);
  EXPECT_TRUE(one->devices.empty());
  EXPECT_TRUE(one->relations.empty());
  using Found = std::optional<AccountId>;
  EXPECT_FALSE(*ask<Found>(this->adapter, &Store::find_handle, std::string("person12@nordlys")));
}

TYPED_TEST(ServicesContract,
           what_is_left_of_deleted_people_of_services_goes_where_nobody_refers_to_it) {
  this->create_two();
  for (std::uint8_t n = 10; n < 16; ++n) {
    op::Enlist person = enlist(n, n, n);
    person.handle = "person" + std::to_string(n) + "@nordlys";
    this->apply(op::Boxed(person));
  }
  this->apply(op::SetRelation{account_id(1), account_id(10), {Relation::blocked, false, 0}});
  this->apply(op::Boxed(report(1, 11, 1000)));
  op::PutReport theirs = report(2, 2, 1000);
  theirs.report.reporter = account_id(12);
  this->apply(op::Boxed(theirs));
  for (std::uint8_t n = 10; n < 15; ++n) {
    this->apply(op::DeleteAccount{account_id(n), "gone " + std::to_string(n), Time{n * 100}});
  }
  this->apply(op::DeleteAccount{account_id(2), "", Time{1}});
  this->adapter.reopen();
  std::uint64_t swept = 0;
  const auto sweep = [&](std::int64_t before) {
    op::Sweep request{{0}, {0}, Time{0}, 2};
    request.deleted_before = Time{before};
    for (int step = 0; step < 10; ++step) {
      swept += std::get<op::Swept>(this->apply(request).value).accounts;
    }
  };
  sweep(1301);
  EXPECT_EQ(swept, 1u);
  EXPECT_FALSE(this->load(account_id(13)));
  EXPECT_TRUE(this->load(account_id(14))) << "too young";
  for (std::uint8_t n : {10, 11, 12}) EXPECT_TRUE(this->load(account_id(n))) << int{n};
  EXPECT_TRUE(this->load(account_id(2))) << "names of this hub stay taken";
  EXPECT_FALSE(this->load(account_id(15))->deleted);
  this->apply(op::SetRelation{account_id(1), account_id(10), {}});
  sweep(1401);
  EXPECT_EQ(swept, 3u);
  EXPECT_FALSE(this->load(account_id(10)));
  EXPECT_FALSE(this->load(account_id(14)));
}

TYPED_TEST(ServicesContract, strangers_may_be_given_lasting_keys_only) {
  this->create_two();
  this->apply(op::Boxed(prekeys(kAlice1, 2)));
  op::TakePrekeys take{account_id(1), {DeviceId{1}}, {DeviceId{1}}};
  const auto taken = std::get<op::TakenPrekeys>(this->apply(take).value);
  ASSERT_EQ(taken.devices.size(), 1u);
  EXPECT_FALSE(taken.devices[0].one_time);
  EXPECT_TRUE(taken.devices[0].kyber_is_last_resort);
  EXPECT_EQ(taken.devices[0].left.one_time, 2u);
  EXPECT_EQ(taken.devices[0].left.one_time_kyber, 2u);
}

}  // namespace
}  // namespace parley::hub::testing
