/** The page. In strict mode React mounts each component twice in development: the hook closes what it opens. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Room } from './room.tsx';

createRoot(document.querySelector('#app') as HTMLElement).render(
  <StrictMode>
    <Room />
  </StrictMode>,
);
