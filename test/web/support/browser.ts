export { findBrowser, launchBrowser } from '../../../tools/local/browser.js';
