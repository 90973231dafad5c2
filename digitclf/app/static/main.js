// The page: language, theme, tabs, and what is in each of them.

import { startDraw } from "./draw/draw.js";
import { startLanguage } from "./language.js";
import { startModel } from "./model.js";
import { startRead } from "./read/read.js";
import { startTabs } from "./tabs.js";
import { startTheme } from "./theme.js";
import { startTrain } from "./train/train.js";

startLanguage();
startTheme();
startModel();
startDraw();
startRead();
startTrain();
startTabs();
