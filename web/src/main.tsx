import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.js';
import './style/base.css';
import './style/parts.css';
import './style/frame.css';
import './orders/orders.css';
import './place/place.css';
import './trouble/trouble.css';
import './bulk/bulk.css';
import './overview/overview.css';
import './processes/processes.css';
import './order/order.css';

createRoot(document.getElementById('page')!).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
