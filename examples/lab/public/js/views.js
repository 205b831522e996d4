/**
 * On a phone one part of the page shows at a time: the one that the address names. On a wider screen all of them do, and
 * the same links scroll.
 */

const DEFAULT_VIEW = 'board';

export function startViews() {
  const links = [...document.querySelectorAll('.tabs a')];
  const names = links.map((link) => (link.getAttribute('href') ?? '').slice(1));

  const show = () => {
    const asked = location.hash.slice(1);
    const view = names.includes(asked) ? asked : DEFAULT_VIEW;
    document.body.dataset['view'] = view;
    for (const [index, link] of links.entries()) {
      if (names[index] === view) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
  };
  window.addEventListener('hashchange', show);
  show();
}
