// The account's devices, and linking one more: the new one shows a code and six digits, one that
// is signed in reads the code, and a person compares the digits.
import type { Device } from '$proto/client_pb';
import { client, deviceName } from './app.svelte';
import type { Running } from './client';

export interface DeviceShown {
  id: number;
  name: string;
  addedMs: number;
  seenMs: number;
  online: boolean;
  here: boolean;
}

export async function listDevices(): Promise<DeviceShown[]> {
  const { devices } = await client.query({ case: 'listDevices', value: {} }, 'devices');
  return devices.map(shown).sort((a, b) => Number(b.here) - Number(a.here) || b.seenMs - a.seenMs);
}

export const renameDevice = (deviceId: number, name: string) => client.run({ case: 'renameDevice', value: { deviceId, name: name.trim() } });
export const removeDevice = (deviceId: number) => client.run({ case: 'removeDevice', value: { deviceId } });

// Resolves with the digits that the new device must show too.
export async function inspectLink(code: string): Promise<string> {
  return (await client.query({ case: 'inspectLink', value: { code } }, 'linkCheck')).check;
}
export const approveLink = (code: string) => client.run({ case: 'approveLink', value: { code } });

export interface LinkOffer {
  code: string;
  check: string;
  expiresMs: number;
}

// On the new device. Done when the other one has approved.
export function offerLink(told: (offer: LinkOffer) => void): Running {
  return client.start({ case: 'startLink', value: { deviceName: deviceName() } }, (event) => {
    if (event.case !== 'linkCode') return;
    const { code, check, expiresAtMs } = event.value;
    told({ code, check, expiresMs: Number(expiresAtMs) });
  });
}

function shown(device: Device): DeviceShown {
  return {
    id: device.deviceId,
    name: device.name,
    addedMs: Number(device.createdAtMs),
    seenMs: Number(device.lastSeenMs),
    online: device.online,
    here: device.thisDevice,
  };
}
