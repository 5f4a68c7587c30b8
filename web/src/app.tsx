import { I18nProvider, RouterProvider } from 'react-aria-components';
import { useEffect } from 'react';
import { BulkPage } from './bulk/bulk-page.js';
import { Frame, Page } from './frame/frame.js';
import { language, localeOf, useText } from './language/language.js';
import { OrderPage } from './order/order-page.js';
import { OrdersPage } from './orders/orders-page.js';
import { OverviewPage } from './overview/overview-page.js';
import { Boundary, NotFound } from './parts/states.js';
import { PlacePage } from './place/place-page.js';
import { ProcessPage } from './processes/process-page.js';
import { ProcessesPage } from './processes/processes-page.js';
import { navigate, usePath } from './routing/location.js';
import { routeOf, type Route } from './routing/routes.js';
import { session, type Session } from './session/key.js';
import { SignIn } from './session/sign-in.js';
import { useStore } from './state/store.js';
import { TroublePage } from './trouble/trouble-page.js';

export function App() {
  const signedIn = useStore(session);
  const locale = localeOf(useStore(language));
  const path = usePath();
  return (
    <I18nProvider locale={locale}>
      <RouterProvider navigate={(href) => navigate(href)}>
        {signedIn ? (
          // Another key, or another page, begins anew: nothing of the one before is left.
          <Frame session={signedIn}>
            <Boundary key={`${signedIn.key} ${path}`}>
              <PageOf route={routeOf(path)} session={signedIn} />
            </Boundary>
          </Frame>
        ) : (
          <SignIn />
        )}
      </RouterProvider>
    </I18nProvider>
  );
}

/** Each page is a folder; a new one gets its address in routing/routes.ts and src/api/page, and a line here. */
function PageOf({ route, session }: { route: Route; session: Session }) {
  const say = useText();
  useEffect(() => {
    document.title = say('app.name');
  });
  switch (route.name) {
    case 'orders':
      return <OrdersPage session={session} />;
    case 'trouble':
      return <TroublePage session={session} />;
    case 'bulk':
      return <BulkPage id={route.id} session={session} />;
    case 'processes':
      return <ProcessesPage />;
    case 'process':
      return <ProcessPage name={route.id} session={session} />;
    case 'overview':
      return <OverviewPage session={session} />;
    case 'place':
      return <PlacePage />;
    case 'order':
      return <OrderPage id={route.id} session={session} />;
    default:
      return (
        <Page title={say('app.name')}>
          <NotFound />
        </Page>
      );
  }
}
