// What stands behind the lines of the settings.
export { default as Profile } from './Profile.svelte';
export { default as Devices } from './Devices.svelte';
export { default as LinkDevice } from './LinkDevice.svelte';
export { default as Recovery } from './Recovery.svelte';
export { default as ChangePassword } from './ChangePassword.svelte';
export { default as Privacy } from './Privacy.svelte';
export { default as Blocked } from './Blocked.svelte';
export { default as Notifications } from './Notifications.svelte';
export { default as Appearance } from './Appearance.svelte';
export { default as Languages } from './Languages.svelte';
export { default as Storage } from './Storage.svelte';
export { default as Backup } from './Backup.svelte';
export { default as LogOut } from './LogOut.svelte';
export { default as DeleteAccount } from './DeleteAccount.svelte';
