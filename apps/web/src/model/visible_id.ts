// Whether a name can be one of a service's, before anybody is asked (docs/protocol/identity.md):
// as the hub checks it, in hub/engine/visible_id.cc.
import { IdForm } from '$proto/channel_pb';

const PHONE = /^\+[1-9]\d{6,14}$/;
const USERNAME = /^[a-z0-9._-]{2,64}$/;
const EMAIL = /^[^@\s\p{Cc}\p{Cf}\p{Lu}]+@[^@\s\p{Cc}\p{Cf}\p{Lu}]+$/u;
const MOST_BYTES = 95;

// As people write them: 0049, spaces and brackets in numbers, capitals.
export function tidied(typed: string, form: IdForm): string {
  const id = typed.trim().toLowerCase();
  return form === IdForm.PHONE ? id.replace(/^00/, '+').replace(/[\s()/.-]/g, '') : id;
}

export function fits(id: string, form: IdForm): boolean {
  if (new TextEncoder().encode(id).length > MOST_BYTES) return false;
  if (form === IdForm.PHONE) return PHONE.test(id);
  return form === IdForm.EMAIL ? EMAIL.test(id) : USERNAME.test(id);
}
