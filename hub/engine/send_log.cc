#include "hub/engine/send_log.h"

#include <utility>

namespace parley::hub {

namespace {

// Multiply and fold 64 bits at a time.
class Mixer {
 public:
  void add(std::uint64_t value) {
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(state_ ^ value) * 0x9e3779b97f4a7c15u;
    state_ = static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64) ^
             0xd6e8feb86659fd93u;
  }
  void add(ByteView bytes) {
    add(bytes.size());
    for (; bytes.size() >= 8; bytes = bytes.subspan(8)) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes.data(), 8);
      add(word);
    }
    std::uint64_t rest = 0;
    for (const std::uint8_t byte : bytes) rest = rest << 8 | byte;
    add(rest);
  }
  std::uint64_t result() const { return state_; }

 private:
  std::uint64_t state_ = 0x2545f4914f6cdd1du;
};

}  // namespace

std::uint64_t fingerprint(const wire::channel::Send& send) {
  Mixer mixer;
  mixer.add(send.conversation_id);
  mixer.add(send.franking_tag);
  mixer.add(send.shared_payload);
  for (const auto& recipient : send.recipients) {
    mixer.add(recipient.account_id);
    mixer.add(std::uint64_t{recipient.only_these_devices});
    mixer.add(recipient.devices.size());
    for (const auto& device : recipient.devices) {
      mixer.add(std::uint64_t{device.device_id} << 32 | device.registration_id);
      mixer.add(static_cast<std::uint64_t>(device.type));
      mixer.add(device.ciphertext);
    }
  }
  return mixer.result();
}

std::size_t HashSet::place(std::uint32_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = (hash * 0x9e3779b9u) & mask;
  while (slots_[at] != 0 && slots_[at] != hash) at = (at + 1) & mask;
  return at;
}

void HashSet::grow() {
  const auto old =
      std::exchange(slots_, std::vector<std::uint32_t>(slots_.empty() ? 16 : slots_.size() * 2));
  for (const std::uint32_t hash : old) {
    if (hash != 0) slots_[place(hash)] = hash;
  }
}

void HashSet::insert(std::uint32_t hash) {
  if (contains(hash)) return;
  ++size_;
  if (hash == 0) {
    has_zero_ = true;
    return;
  }
  if (size_ * 2 > slots_.size()) grow();
  slots_[place(hash)] = hash;
}

bool HashSet::contains(std::uint32_t hash) const {
  if (hash == 0) return has_zero_;
  return !slots_.empty() && slots_[place(hash)] == hash;
}

const SendLog::Known* SendLog::find(const SendKey& key) const {
  const auto found = known_.find(key);
  return found == known_.end() ? nullptr : &found->second;
}

bool SendLog::is_new(const SendKey& key, Wake wake) {
  const auto [place, added] = stored_.try_emplace(key.sender);
  Stored& stored = place->second;
  if (added) list(key.sender, stored);
  if (stored.state == Stored::State::loading) {
    stored.waiting.push_back(std::move(wake));
    return false;
  }
  const bool listed = stored.state == Stored::State::listed;
  if (listed && !stored.hashes.contains(short_hash(key.id))) return true;
  if (stored.has_absent && stored.absent == key.id) return true;
  ask(key, std::move(wake));
  return false;
}

void SendLog::list(const DeviceAddress& sender, Stored& stored) {
  if (hashes_ >= kMaxHashes) {
    stored.state = Stored::State::too_many;
    return;
  }
  using Hashes = std::optional<std::vector<std::uint32_t>>;
  shared_.store.list_sends(
      sender, kMaxHashesOfDevice, shared_.completion([this, sender](Result<Hashes> hashes) {
        const auto found = stored_.find(sender);
        if (found == stored_.end() || found->second.state != Stored::State::loading) return;
        if (!hashes) {
          auto waiting = std::move(found->second.waiting);
          stored_.erase(found);
          for (Wake& waiter : waiting) waiter(fail(hashes.error()));
          return;
        }
        found->second.state = *hashes ? Stored::State::listed : Stored::State::too_many;
        if (*hashes) {
          for (const std::uint32_t hash : **hashes) found->second.hashes.insert(hash);
          hashes_ += found->second.hashes.size();
        }
        wake_all(sender, {});
      }));
}

void SendLog::wake_all(const DeviceAddress& sender, const Status& status) {
  const auto found = stored_.find(sender);
  if (found == stored_.end()) return;
  for (Wake& wake : std::exchange(found->second.waiting, {})) wake(status);
}

void SendLog::ask(const SendKey& key, Wake wake) {
  shared_.store.find_send(key.sender, key.id,
                          shared_.completion([this, key, wake = std::move(wake)](
                                                 Result<std::optional<SendResult>> result) {
                            if (!result) return wake(fail(result.error()));
                            const auto stored = stored_.find(key.sender);
                            if (*result) {
                              if (find(key) == nullptr) remember(key, {**result, nullptr});
                            } else if (stored != stored_.end()) {
                              stored->second.absent = key.id;
                              stored->second.has_absent = true;
                            }
                            wake({});
                          }));
}

void SendLog::remember(const SendKey& key, Known known) {
  if (!known_.insert_or_assign(key, std::move(known)).second) return;
  order_.push_back(key);
  while (known_.size() > shared_.config.max_remembered_sends && !order_.empty()) {
    const auto oldest = known_.find(order_.front());
    if (oldest != known_.end() && oldest->second.open) break;  // not answered yet
    if (oldest != known_.end()) known_.erase(oldest);
    order_.pop_front();
  }
}

void SendLog::remember_open(const std::shared_ptr<OpenSend>& send) {
  remember(send->key, {send->result, send});
}

void SendLog::answered(const SendKey& key, bool durable) {
  const auto known = known_.find(key);
  if (known != known_.end()) known->second.open.reset();
  if (!durable) return;
  const auto stored = stored_.find(key.sender);
  if (stored == stored_.end() || stored->second.state != Stored::State::listed) return;
  HashSet& hashes = stored->second.hashes;
  const std::size_t before = hashes.size();
  hashes.insert(short_hash(key.id));
  hashes_ += hashes.size() - before;
  if (hashes.size() > kMaxHashesOfDevice * 4) {  // a device that sends for months on end
    hashes_ -= hashes.size();
    hashes = {};
    stored->second.state = Stored::State::too_many;
  }
}

void SendLog::forget(const SendKey& key) { known_.erase(key); }

void SendLog::release(const DeviceAddress& sender) {
  const auto stored = stored_.find(sender);
  if (stored == stored_.end() || stored->second.state == Stored::State::loading) return;
  hashes_ -= stored->second.hashes.size();
  stored_.erase(stored);
}

}  // namespace parley::hub
