import { Dialog, DialogTrigger, Popover } from 'react-aria-components';
import { chooseLanguage, language, languages, useText, type Language } from '../language/language.js';
import { Button } from '../parts/button.js';
import { Icon } from '../parts/icons.js';
import { Picker } from '../parts/picker.js';
import { useStore } from '../state/store.js';
import { chooseTheme, theme, themes } from './theme.js';

/** Language and appearance. The browser remembers them. */
export function Settings() {
  const say = useText();
  return (
    <div className="settings">
      <Picker
        label={say('settings.language')}
        isLabelHidden
        value={useStore(language)}
        options={Object.entries(languages).map(([value, text]) => ({ value: value as Language, text }))}
        onChange={chooseLanguage}
      />
      <Picker
        label={say('settings.theme')}
        isLabelHidden
        value={useStore(theme)}
        options={themes.map((value) => ({ value, text: say(`theme.${value}`) }))}
        onChange={chooseTheme}
      />
    </div>
  );
}

/** The same behind a button, where there is little room. */
export function SettingsMenu() {
  const say = useText();
  return (
    <DialogTrigger>
      <Button kind="quiet" aria-label={say('settings.title')}>
        <Icon name="settings" />
      </Button>
      <Popover className="popover">
        <Dialog className="settings-menu" aria-label={say('settings.title')}>
          <Settings />
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}
