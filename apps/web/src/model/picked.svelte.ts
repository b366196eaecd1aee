// Files that a person has chosen and not sent yet.
import { Feature } from '$proto/channel_pb';
import { isPhoto, withoutTraces } from './pictures';

// As many as a message may have (proto/client.proto, SendFiles).
export const MOST_FILES = 16;

export class Picked {
  files = $state.raw<File[]>([]);
  // Photos as they are, with everything that the camera noted.
  asFiles = $state(false);

  readonly photos = $derived(this.files.some(({ type }) => isPhoto(type)));

  // False: there would be too many; none is added.
  add(files: File[]): boolean {
    if (this.files.length + files.length > MOST_FILES) return false;
    this.files = [...this.files, ...files];
    return true;
  }

  remove(file: File): void {
    this.files = this.files.filter((one) => one !== file);
  }

  clear(): void {
    this.files = [];
    this.asFiles = false;
  }

  // What is sent. Fails where a photo cannot be read.
  ready(): Promise<File[]> {
    return Promise.all(this.files.map((file) => (isPhoto(file.type) && !this.asFiles ? withoutTraces(file) : file)));
  }
}

// What the other side must be able to show, as the engine decides it (client/engine/file_names.cc).
export function featureOf(type: string): Feature {
  if (type.startsWith('image/')) return Feature.IMAGE;
  if (type.startsWith('audio/')) return Feature.VOICE;
  return type.startsWith('video/') ? Feature.VIDEO : Feature.FILE;
}
