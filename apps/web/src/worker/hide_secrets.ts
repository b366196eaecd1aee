// What the page must not have: keys of files. (Other secrets do not leave the engine in events,
// except the recovery key when a person asks to see it.)
import type { Message } from '$proto/client_pb';
import type { EventBody } from '$/border/messages';

export function hideSecrets(body: EventBody): void {
  switch (body.case) {
    case 'messageAdded':
    case 'messageChanged':
    case 'requestChanged':
      return hide(body.value.message);
    case 'page':
    case 'reportPreview':
      return body.value.messages.forEach(hide);
  }
}

function hide(message: Message | undefined): void {
  for (const file of message?.files ?? []) {
    file.key.fill(0);
    file.key = file.nonce = file.aad = new Uint8Array();
  }
}
