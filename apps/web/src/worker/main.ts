// The worker's entry: one for each tab.
import type { FromWorker, ToWorker } from '$/border/messages';
import { prepareEngine } from './engine';
import { handFile, isForFiles } from './files/hand_file';
import { Tabs } from './tabs';

prepareEngine();
const tabs = new Tabs((message: FromWorker) => self.postMessage(message));
self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  if (isForFiles(data)) void handFile(data).then((answer) => self.postMessage(answer));
  else tabs.ask(data);
};
tabs.start();
