/** The room's name. An edit of it is taken up by the page as it is, without a reload: its socket stays. */
export const title = 'A room';

show(title);
import.meta.hot?.accept((edited) => show(edited?.['title']));

function show(text: string): void {
  const heading = document.querySelector('h1');
  if (heading !== null) heading.textContent = text;
}
