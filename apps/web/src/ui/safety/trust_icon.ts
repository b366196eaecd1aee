// A lock only where nobody on the way can read.
import { type Trust, TrustLevel } from '$proto/client_pb';
import type { IconName } from '../parts/Icon.svelte';

export function trustIcon({ level }: Trust): IconName {
  switch (level) {
    case TrustLevel.VERIFIED: return 'shield';
    case TrustLevel.KEY_CHANGED: return 'alert';
    case TrustLevel.TO_CONNECTOR:
    case TrustLevel.NOT_END_TO_END:
    case TrustLevel.PROTECTION_UNKNOWN: return 'eye';
    default: return 'lock';
  }
}
