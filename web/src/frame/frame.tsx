import { useEffect, type ReactNode } from 'react';
import { Link } from 'react-aria-components';
import { liveState, onOrderChange } from '../api/live.js';
import { useText, type Say } from '../language/language.js';
import { Button } from '../parts/button.js';
import { Icon, type IconName } from '../parts/icons.js';
import { useMedia } from '../parts/use-media.js';
import { usePath } from '../routing/location.js';
import { routeOf, routes } from '../routing/routes.js';
import { useIsDevelopment } from '../session/development.js';
import { signOut, type Session } from '../session/key.js';
import { useStore } from '../state/store.js';
import { Settings, SettingsMenu } from './settings.js';

interface Entry {
  icon: IconName & keyof typeof routes & ('orders' | 'trouble' | 'processes' | 'overview' | 'place');
  /** The names of the routes that belong to it. */
  with: readonly string[];
}

const entries: readonly Entry[] = [
  { icon: 'orders', with: ['orders', 'order'] },
  { icon: 'trouble', with: ['trouble', 'bulk'] },
  { icon: 'processes', with: ['processes', 'process'] },
  { icon: 'overview', with: ['overview'] },
];

/** Only a server with development keys takes test orders. */
const place: Entry = { icon: 'place', with: ['place'] };

/** What stands around every page: the way to the other pages, who is signed in, and whether the page is live. */
export function Frame({ session, children }: { session: Session; children: ReactNode }) {
  const say = useText();
  const at = routeOf(usePath()).name;
  const isDevelopment = useIsDevelopment();
  const isNarrow = useMedia('(max-width: 760px)');
  // One stream for all pages, which says at any time whether what they show is live.
  useEffect(() => onOrderChange(() => undefined), []);
  return (
    <div className="frame">
      <a className="skip" href="#content">
        {say('app.skip')}
      </a>
      <header className="side">
        <Link className="brand" href={routes.orders}>
          <img src="/favicon.svg" alt="" width="22" height="22" />
          {say('app.name')}
        </Link>
        <nav aria-label={say('nav.label')}>
          {[...entries, ...(isDevelopment ? [place] : [])].map(({ icon, with: names }) => (
            <Link
              key={icon}
              className={`nav-link nav-${icon}`}
              href={routes[icon]}
              {...(names.includes(at) ? { 'aria-current': 'page' as const } : {})}
            >
              <Icon name={icon} />
              <span>{say(`nav.${icon}`)}</span>
            </Link>
          ))}
        </nav>
        <div className="side-foot">
          <Live say={say} />
          {isNarrow ? <SettingsMenu /> : <Settings />}
          <div className="who">
            <div className="who-text">
              {/* A key without a name of its own is called after its shop and role, which stand here anyway. */}
              <b>{session.name.includes(':') ? say(`session.role.${session.role}`) : session.name}</b>
              <span>
                {session.name.includes(':') ? '' : `${say(`session.role.${session.role}`)} · `}
                {session.shopId === '*' ? say('session.allShops') : say('session.shop', { shop: session.shopId })}
              </span>
            </div>
            <Button kind="quiet" aria-label={say('session.signOut')} onPress={() => signOut()}>
              <Icon name="signOut" />
            </Button>
          </div>
        </div>
      </header>
      <main id="content" tabIndex={-1}>
        {children}
      </main>
      <Lost />
    </div>
  );
}

/** Over the page, which keeps what it shows: a stream that is back at once is not worth a word. */
function Lost() {
  const say = useText();
  const state = useStore(liveState);
  return (
    <div className="lost" role="alert">
      {state === 'lost' && <p className="banner">{say('live.lostHint')}</p>}
    </div>
  );
}

function Live({ say }: { say: Say }) {
  const state = useStore(liveState);
  return (
    <div className={`live live-${state}`} role="status">
      <span className="live-dot" aria-hidden="true" />
      {say(`live.${state}`)}
    </div>
  );
}

/** A page: its title, what stands beside it, and its content. */
export function Page({ title, aside, children }: { title: ReactNode; aside?: ReactNode; children: ReactNode }) {
  return (
    <>
      <div className="page-head">
        <h1>{title}</h1>
        {aside}
      </div>
      {children}
    </>
  );
}
